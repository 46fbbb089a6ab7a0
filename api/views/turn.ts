import { z } from "zod";
import type { TurnRow } from "../../db/turns/list-turns.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

export const TURN = z
  .object({
    id: ID,
    conversation_id: ID,
    workflow_id: z.string().meta({ description: "Its history is found by this id." }),
    state: z.enum(["open", "closed"]),
    plan: z.string().meta({ description: "answer, notice, silence or agent." }),
    plan_detail: z.string().nullable().meta({ description: "Which notice, why silence, or which agent." }),
    outcome: z.string().nullable().meta({ description: "answered, suppressed, failed or superseded." }),
    tier: z.string().nullable().meta({ description: "Which tier of the ladder answered." }),
    reason: z.string().nullable().meta({ description: "Why no higher tier did." }),
    model: z.string().nullable(),
    cost_usd: z.number(),
    restarts: z.int(),
    prompt_version: z.string().nullable(),
    index_version: z.string().nullable(),
    opened_at: TIMESTAMP,
    closed_at: TIMESTAMP.nullable(),
  })
  .meta({ id: "Turn" });

export const TURN_EXAMPLE = {
  id: EXAMPLE_ID,
  conversation_id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  workflow_id: "msg:twilio-sms/main:SM0123456789abcdef0123456789abcdef",
  state: "closed" as const,
  plan: "answer",
  plan_detail: null,
  outcome: "answered",
  tier: "full_context",
  reason: null,
  model: "gpt-4o",
  cost_usd: 0.0041,
  restarts: 0,
  prompt_version: "answer-1",
  index_version: "3f6f5f1a",
  opened_at: EXAMPLE_TIMESTAMP,
  closed_at: EXAMPLE_TIMESTAMP,
};

export function formatTurn(row: TurnRow): z.input<typeof TURN> {
  return {
    id: row.id,
    conversation_id: row.conversationId,
    workflow_id: row.workflowId,
    state: row.state,
    plan: row.plan,
    plan_detail: row.planDetail,
    outcome: row.outcome,
    tier: row.tier,
    reason: row.reason,
    model: row.model,
    cost_usd: row.costUsd,
    restarts: row.restarts,
    prompt_version: row.promptVersion,
    index_version: row.indexVersion,
    opened_at: timestamp(row.openedAt),
    closed_at: timestampOrNull(row.closedAt),
  };
}
