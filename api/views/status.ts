import { z } from "zod";
import { type Backlog, MAX_COUNTS } from "../../db/inbound/status.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const COUNTS = z.record(z.string(), z.int());

export const STATUS = defineView(
  z
    .object({
      messages_24h: COUNTS.meta({ description: "Messages of the last 24 hours by state." }),
      pending: z.int().meta({ description: "Messages that no turn has taken yet." }),
      oldest_pending_s: z.int().nullable(),
      turns_running: z.int(),
      turns_by_plan_24h: COUNTS,
      turns_by_tier_24h: COUNTS.meta({ description: "Only turns that have a reply." }),
      cost_usd_24h: z.number(),
      deliveries_waiting: z.int().meta({ description: "Reply parts that are not accepted yet." }),
      event_deliveries_waiting: z.int().meta({
        description: `Outgoing events that an endpoint has not accepted yet, at most ${MAX_COUNTS.events}.`,
      }),
      conversations_taken_over: z.int(),
      conversations_waiting_for_agent: z
        .int()
        .meta({ description: "Conversations whose contact asked for an agent, and no agent has come yet." }),
      dead_letters: COUNTS.meta({
        description: `By kind, at most ${MAX_COUNTS.deadLetters} of each, without those that an operator has dismissed.`,
      }),
      documents: z.int(),
      alerts: z
        .array(z.object({ name: z.string(), detail: z.string(), since: TIMESTAMP }))
        .meta({ description: "What an operator should act on now." }),
    })
    .meta({ id: "Status" }),
  {
    messages_24h: { answered: 120, pending: 1 },
    pending: 1,
    oldest_pending_s: 2,
    turns_running: 1,
    turns_by_plan_24h: { answer: 118, notice: 2 },
    turns_by_tier_24h: { full_context: 118 },
    cost_usd_24h: 0.21,
    deliveries_waiting: 1,
    event_deliveries_waiting: 0,
    conversations_taken_over: 1,
    conversations_waiting_for_agent: 0,
    dead_letters: { reply: 1, event: 0, inbound: 0 },
    documents: 14,
    alerts: [{ name: "chore:partitions", detail: "A partition is missing.", since: EXAMPLE_TIMESTAMP }],
  },
);

export function formatStatus(backlog: Backlog): Shape<typeof STATUS> {
  return { ...backlog };
}
