import { z } from "zod";
import type { DeliveryRow } from "../../db/delivery/list-deliveries.ts";
import type { TurnRow } from "../../db/turns/list-turns.ts";
import { findAuthor, NOTICES, TURN_KINDS } from "../../db/turns/turn-origin.ts";
import { DELIVERY, formatDelivery } from "./delivery.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: ID,
    conversation_id: ID,
    workflow_id: z.string().meta({ description: "The id of the workflow in Temporal." }),
    state: z.enum(["open", "closed"]),
    kind: z.enum(TURN_KINDS).meta({ description: "Why the turn exists." }),
    plan: z.enum(["answer", "notice", "silence", "agent"]).meta({ description: "What the turn does." }),
    notice: z.enum(NOTICES).nullable().meta({ description: "Which fixed text is sent." }),
    silence_reason: z.string().nullable().meta({ description: "Why nothing is sent." }),
    agent: z.string().nullable().meta({ description: "The agent who wrote the text." }),
    outcome: z.string().nullable().meta({ description: "answered, suppressed, failed or superseded." }),
    tier: z.string().nullable().meta({ description: "The tier of the fallback chain that answered." }),
    reason: z.string().nullable().meta({ description: "Why no higher tier answered." }),
    model: z.string().nullable(),
    cost_usd: z.number(),
    restarts: z.int(),
    prompt_version: z.string().nullable(),
    index_version: z.string().nullable(),
    opened_at: TIMESTAMP,
    closed_at: TIMESTAMP.nullable(),
  })
  .meta({ id: "Turn" });

export const TURN = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  conversation_id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  workflow_id: "msg:twilio-sms/main:SM0123456789abcdef0123456789abcdef",
  state: "closed",
  kind: "inbound",
  plan: "answer",
  notice: null,
  silence_reason: null,
  agent: null,
  outcome: "answered",
  tier: "full_context",
  reason: null,
  model: "gpt-4o",
  cost_usd: 0.0041,
  restarts: 0,
  prompt_version: "answer-2",
  index_version: "3f6f5f1a",
  opened_at: EXAMPLE_TIMESTAMP,
  closed_at: EXAMPLE_TIMESTAMP,
});

export const TURN_WITH_DELIVERIES = defineView(
  SCHEMA.extend({ deliveries: z.array(DELIVERY.schema) }).meta({ id: "TurnWithDeliveries" }),
  { ...TURN.example, deliveries: [DELIVERY.example] },
);

export function formatTurn(row: TurnRow): Shape<typeof TURN> {
  return {
    id: row.id,
    conversation_id: row.conversationId,
    workflow_id: row.workflowId,
    state: row.state,
    kind: row.kind,
    plan: row.plan,
    notice: row.notice,
    silence_reason: row.silenceReason,
    agent: findAuthor(row.origin),
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

export function formatTurnWithDeliveries({
  turn,
  deliveries,
}: {
  turn: TurnRow;
  deliveries: readonly DeliveryRow[];
}): Shape<typeof TURN_WITH_DELIVERIES> {
  return { ...formatTurn(turn), deliveries: deliveries.map(formatDelivery) };
}
