import { z } from "zod";
import type { LastLine } from "../../db/conversations/last-lines.ts";
import type { ConversationRow, ListedConversation } from "../../db/conversations/list-conversations.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { AUTHOR, findAuthor } from "./transcript-line.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: ID,
    contact_id: ID,
    channel: z.string(),
    account_id: z.string(),
    thread: z.string().meta({
      description: "The thread of a channel with several conversations per contact; empty on other channels.",
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
  .meta({ id: "Conversation" });

export const CONVERSATION = defineView(SCHEMA, {
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
});

/** Longer texts end with an ellipsis: the transcript has them. */
const MAX_TEXT_LENGTH = 200;

export const LISTED_CONVERSATION = defineView(
  SCHEMA.extend({
    contact_address: z.string().nullable().meta({
      description:
        "The contact's address on the channel; null for a key without contacts:read, and where it cannot be decrypted.",
    }),
    waiting_for: z.enum(["agent", "assistant"]).nullable().meta({
      description:
        "Whose answer the contact waits for. agent: the contact asked for an agent, or wrote during a takeover and no agent has written since. assistant: a message is pending or its turn is open.",
    }),
    last_message: z
      .object({
        author: AUTHOR,
        agent: z.string().nullable().meta({ description: "The agent who wrote it." }),
        text: z
          .string()
          .nullable()
          .meta({
            description: `The current text, at most ${MAX_TEXT_LENGTH} characters; null if the contact deleted the message, or with \`erased\`.`,
          }),
        erased: z.boolean().meta({ description: "The text cannot be decrypted." }),
        has_media: z.boolean(),
        stored_at: TIMESTAMP,
      })
      .nullable()
      .meta({ description: "The line of the transcript that was stored last." }),
  }).meta({ id: "ListedConversation" }),
  {
    ...CONVERSATION.example,
    contact_address: "+15550100142",
    waiting_for: "agent",
    last_message: {
      author: "contact",
      agent: null,
      text: "Can I return a lamp?",
      erased: false,
      has_media: false,
      stored_at: EXAMPLE_TIMESTAMP,
    },
  },
);

/** `mayReadContacts`: whether the reader may see addresses. */
export function formatListedConversation(
  row: ListedConversation,
  { mayReadContacts }: { mayReadContacts: boolean },
): Shape<typeof LISTED_CONVERSATION> {
  return {
    ...formatConversation(row),
    contact_address: mayReadContacts ? row.contactAddress : null,
    waiting_for: row.waitingFor,
    last_message: row.lastLine === null ? null : formatLastLine(row.lastLine),
  };
}

function formatLastLine({ agent, text, erased, hasMedia, storedAt, ...line }: LastLine) {
  const characters = Array.from(text ?? "");
  const short =
    characters.length <= MAX_TEXT_LENGTH ? text : `${characters.slice(0, MAX_TEXT_LENGTH - 1).join("")}…`;
  const facts = { erased, has_media: hasMedia, stored_at: timestamp(storedAt) };
  return { author: findAuthor(line), agent, text: short, ...facts };
}

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
