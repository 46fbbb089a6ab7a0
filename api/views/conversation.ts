import { z } from "zod";
import { type ConversationRow, findConversationRow } from "../../db/conversations/list-conversations.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { Problem } from "../problem.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

export const CONVERSATION = z
  .object({
    id: ID,
    contact_id: ID,
    channel: z.string(),
    account_id: z.string(),
    thread: z
      .string()
      .meta({ description: "Which of several conversations with one person; empty where there is one." }),
    turn_owner: z.string().nullable().meta({ description: "The workflow that is answering at this moment." }),
    silent_because: z
      .enum(["taken_over", "conversation_paused", "account_paused", "tenant_paused"])
      .nullable()
      .meta({ description: "Why the assistant is silent; null where it answers." }),
    taken_over_by: z.string().nullable(),
    taken_over_at: TIMESTAMP.nullable(),
    paused_at: TIMESTAMP.nullable(),
    pause_reason: z.string().nullable().meta({ description: "operator, loop or handoff." }),
    supersede: z.enum(["answer_then_continue", "regenerate"]),
    pending_messages: z.int().meta({ description: "Messages that no turn has taken yet." }),
    last_inbound_at: TIMESTAMP.nullable().meta({ description: "Reply windows are counted from it." }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "Conversation" });

export const CONVERSATION_EXAMPLE = {
  id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  contact_id: EXAMPLE_ID,
  channel: "twilio-sms",
  account_id: "main",
  thread: "",
  turn_owner: null,
  silent_because: "taken_over" as const,
  taken_over_by: "dana",
  taken_over_at: EXAMPLE_TIMESTAMP,
  paused_at: null,
  pause_reason: null,
  supersede: "answer_then_continue" as const,
  pending_messages: 0,
  last_inbound_at: EXAMPLE_TIMESTAMP,
  created_at: EXAMPLE_TIMESTAMP,
};

export const CONVERSATION_PARAMS = z.object({ conversation_id: ID });

export function formatConversation(row: ConversationRow): z.input<typeof CONVERSATION> {
  return {
    id: row.id,
    contact_id: row.contactId,
    channel: row.channel,
    account_id: row.accountId,
    thread: row.thread,
    turn_owner: row.turnOwner,
    silent_because: row.silentBecause,
    taken_over_by: row.takenOverBy,
    // The row keeps it after the claim, for the gate.
    taken_over_at: row.takenOverBy === null ? null : timestampOrNull(row.takenOverAt),
    paused_at: timestampOrNull(row.pausedAt),
    pause_reason: row.pauseReason,
    supersede: row.supersede,
    pending_messages: row.pending,
    last_inbound_at: timestampOrNull(row.lastInboundAt),
    created_at: timestamp(row.createdAt),
  };
}

/** The conversation where it is the tenant's; a 404 where it is somebody else's or nobody's. */
export function createFindConversation(db: Database) {
  return async (tenantId: string, conversationId: string): Promise<ConversationRow> => {
    const row = await findConversationRow(db, { tenantId, conversationId });
    if (row === null) throw new Problem("not_found", "The tenant has no such conversation.");
    return row;
  };
}
