import { z } from "zod";
import type { ConversationRow } from "../../db/conversations/list-conversations.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

export const CONVERSATION = defineView(
  z
    .object({
      id: ID,
      contact_id: ID,
      channel: z.string(),
      account_id: z.string(),
      thread: z.string().meta({
        description:
          "The thread of a channel with several conversations per contact; empty on other channels.",
      }),
      turn_owner: z.string().nullable().meta({ description: "The workflow that works on the current turn." }),
      silent_because: z
        .enum(["taken_over", "conversation_paused", "account_paused", "tenant_paused"])
        .nullable()
        .meta({ description: "Why the assistant is silent; null while it answers." }),
      taken_over_by: z.string().nullable(),
      taken_over_at: TIMESTAMP.nullable(),
      paused_at: TIMESTAMP.nullable(),
      pause_reason: z.string().nullable().meta({ description: "operator, loop, handoff or shared." }),
      supersede: z.enum(["answer_then_continue", "regenerate"]),
      pending_messages: z.int().meta({ description: "Messages that no turn has taken yet." }),
      last_inbound_at: TIMESTAMP.nullable().meta({ description: "Reply windows begin at this time." }),
      created_at: TIMESTAMP,
    })
    .meta({ id: "Conversation" }),
  {
    id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
    contact_id: EXAMPLE_ID,
    channel: "twilio-sms",
    account_id: "main",
    thread: "",
    turn_owner: null,
    silent_because: "taken_over",
    taken_over_by: "dana",
    taken_over_at: EXAMPLE_TIMESTAMP,
    paused_at: null,
    pause_reason: null,
    supersede: "answer_then_continue",
    pending_messages: 0,
    last_inbound_at: EXAMPLE_TIMESTAMP,
    created_at: EXAMPLE_TIMESTAMP,
  },
);

export function formatConversation(row: ConversationRow): Shape<typeof CONVERSATION> {
  return {
    id: row.id,
    contact_id: row.contactId,
    channel: row.channel,
    account_id: row.accountId,
    thread: row.thread,
    turn_owner: row.turnOwner,
    silent_because: row.silentBecause,
    taken_over_by: row.takenOverBy,
    // The row keeps the time after the hand-back, because the gate needs it.
    taken_over_at: row.takenOverBy === null ? null : timestampOrNull(row.takenOverAt),
    paused_at: timestampOrNull(row.pausedAt),
    pause_reason: row.pauseReason,
    supersede: row.supersede,
    pending_messages: row.pending,
    last_inbound_at: timestampOrNull(row.lastInboundAt),
    created_at: timestamp(row.createdAt),
  };
}
