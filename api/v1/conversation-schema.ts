import { z } from "zod";
import { type ConversationRow, findConversationRow } from "../../db/conversation-list.ts";
import type { Database } from "../../db/postgres.ts";
import { Problem } from "../problem.ts";
import { EXAMPLE_ID, EXAMPLE_MOMENT, ID, MOMENT, moment, momentOrNull } from "./fields.ts";

export const CONVERSATION = z
  .object({
    id: ID,
    contact_id: ID,
    channel: z.string(),
    account_id: z.string(),
    thread: z
      .string()
      .meta({ description: "Which of several conversations with one person; empty where there is one." }),
    holder: z.string().nullable().meta({ description: "The workflow that is answering at this moment." }),
    hold: z
      .enum(["human_claimed", "conversation_paused", "account_paused", "tenant_paused"])
      .nullable()
      .meta({ description: "Why the assistant is silent; null where it answers." }),
    claimed_by: z.string().nullable(),
    claimed_at: MOMENT.nullable(),
    paused_at: MOMENT.nullable(),
    pause_reason: z.string().nullable().meta({ description: "operator, loop or handoff." }),
    supersede: z.enum(["answer_then_continue", "regenerate"]),
    pending_messages: z.int().meta({ description: "Messages that no turn has taken yet." }),
    last_inbound_at: MOMENT.nullable().meta({ description: "Reply windows are counted from it." }),
    created_at: MOMENT,
  })
  .meta({ id: "Conversation" });

export const CONVERSATION_EXAMPLE = {
  id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  contact_id: EXAMPLE_ID,
  channel: "twilio-sms",
  account_id: "main",
  thread: "",
  holder: null,
  hold: "human_claimed" as const,
  claimed_by: "dana",
  claimed_at: EXAMPLE_MOMENT,
  paused_at: null,
  pause_reason: null,
  supersede: "answer_then_continue" as const,
  pending_messages: 0,
  last_inbound_at: EXAMPLE_MOMENT,
  created_at: EXAMPLE_MOMENT,
};

export const CONVERSATION_PARAMS = z.object({ conversation_id: ID });

export function showConversation(row: ConversationRow): z.input<typeof CONVERSATION> {
  return {
    id: row.id,
    contact_id: row.contactId,
    channel: row.channel,
    account_id: row.accountId,
    thread: row.thread,
    holder: row.holder,
    hold: row.hold,
    claimed_by: row.claimedBy,
    // The row keeps it after the claim, for the gate.
    claimed_at: row.claimedBy === null ? null : momentOrNull(row.claimedAt),
    paused_at: momentOrNull(row.pausedAt),
    pause_reason: row.pauseReason,
    supersede: row.supersede,
    pending_messages: row.pending,
    last_inbound_at: momentOrNull(row.lastInboundAt),
    created_at: moment(row.createdAt),
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
