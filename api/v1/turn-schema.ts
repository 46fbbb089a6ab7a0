import { z } from "zod";
import type { TurnRow } from "../../db/turn-list.ts";
import { EXAMPLE_ID, EXAMPLE_MOMENT, ID, MOMENT, moment, momentOrNull } from "./fields.ts";

export const TURN = z
  .object({
    id: ID,
    conversation_id: ID,
    workflow_id: z.string().meta({ description: "Its history is found by this id." }),
    state: z.enum(["open", "closed"]),
    plan: z.string().meta({ description: "answer, notice, silence or human." }),
    plan_detail: z.string().nullable().meta({ description: "Which notice, why silence, or which operator." }),
    outcome: z.string().nullable().meta({ description: "answered, suppressed, failed or superseded." }),
    rung: z.string().nullable().meta({ description: "Which rung of the ladder answered." }),
    reason: z.string().nullable().meta({ description: "Why no higher rung did." }),
    model: z.string().nullable(),
    cost_usd: z.number(),
    restarts: z.int(),
    prompt_version: z.string().nullable(),
    index_version: z.string().nullable(),
    opened_at: MOMENT,
    closed_at: MOMENT.nullable(),
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
  rung: "full_context",
  reason: null,
  model: "gpt-4o",
  cost_usd: 0.0041,
  restarts: 0,
  prompt_version: "answer-1",
  index_version: "3f6f5f1a",
  opened_at: EXAMPLE_MOMENT,
  closed_at: EXAMPLE_MOMENT,
};

export function showTurn(row: TurnRow): z.input<typeof TURN> {
  return {
    id: row.id,
    conversation_id: row.conversationId,
    workflow_id: row.workflowId,
    state: row.state,
    plan: row.plan,
    plan_detail: row.planDetail,
    outcome: row.outcome,
    rung: row.rung,
    reason: row.reason,
    model: row.model,
    cost_usd: row.costUsd,
    restarts: row.restarts,
    prompt_version: row.promptVersion,
    index_version: row.indexVersion,
    opened_at: moment(row.openedAt),
    closed_at: momentOrNull(row.closedAt),
  };
}
