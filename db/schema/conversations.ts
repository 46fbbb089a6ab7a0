import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, timestamp } from "./columns.ts";

/** `holder` is the workflow id that holds the turn, or null; it has no time limit, so it cannot expire under a slow model. */
export const conversations = pgTable(
  "conversations",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    contactId: uuid("contact_id").notNull(),
    /** Which of several conversations with one person: Slack's channel and thread, a Telegram group; "" where there is one. */
    thread: text("thread").notNull().default(""),
    nextSeq: bigint("next_seq", { mode: "number" }).notNull().default(1),
    turnOwner: text("turn_owner"),
    turnAcquiredAt: timestamp("turn_acquired_at"),
    /** The person's last message by our clock: reply windows are counted from it. */
    lastInboundAt: timestamp("last_inbound_at"),
    /** Who of the business has taken the conversation over; the assistant is silent while it is set. */
    takenOverBy: text("taken_over_by"),
    takenOverAt: timestamp("taken_over_at"),
    pausedAt: timestamp("paused_at"),
    /** "operator", "loop" or "handoff". */
    pauseReason: text("pause_reason"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("conversations_contact_thread").on(t.tenantId, t.channel, t.accountId, t.contactId, t.thread),
    index("conversations_contact").on(t.contactId),
    index("conversations_by_tenant").on(t.tenantId, t.createdAt, t.id),
    index("conversations_turn_owner")
      .on(t.turnAcquiredAt)
      .where(sql`${t.turnOwner} IS NOT NULL`),
    // What the sweeper looks for each second.
    index("conversations_handoff")
      .on(t.pausedAt)
      .where(sql`${t.pauseReason} = 'handoff'`),
    index("conversations_taken_over")
      .on(t.takenOverBy, t.takenOverAt)
      .where(sql`${t.takenOverBy} IS NOT NULL`),
  ],
);

/** Progress of each inbound message, and the dedupe key: see `db/inbound/inbox.ts` for the states. */
export const inbox = pgTable(
  "inbox",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    providerMessageId: text("provider_message_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    workflowId: text("workflow_id").notNull(),
    state: text("state", { enum: ["pending", "in_turn", "answered", "suppressed", "failed"] })
      .notNull()
      .default("pending"),
    reason: text("reason"),
    turnId: uuid("turn_id"),
    providerTime: timestamp("provider_time"),
    /** Orders messages within one provider time, where the provider numbers them. */
    providerSequence: bigint("provider_sequence", { mode: "number" }),
    /** What the message asks for when it is nothing but a keyword; set where it was stored. */
    keyword: text("keyword", { enum: ["stop", "stop_again", "start", "help", "agent"] }),
    /** It came after a turn had begun that it belonged into by the provider's clock. */
    late: boolean("late").notNull().default(false),
    receivedAt: timestamp("received_at").notNull(),
    /** End of this message's quiet window: its own workflow sleeps until then. */
    wakeAt: timestamp("wake_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel, t.accountId, t.providerMessageId] }),
    index("inbox_workflow").on(t.workflowId),
    index("inbox_turn").on(t.turnId),
    /** A transcript joins its lines with it. */
    index("inbox_line").on(t.conversationId, t.seq),
    index("inbox_pending_by_conversation")
      .on(t.conversationId)
      .where(sql`${t.state} = 'pending'`),
    index("inbox_pending_by_wake")
      .on(t.wakeAt)
      .where(sql`${t.state} = 'pending'`),
  ],
);

/** Messages that travelled in their workflow's start while Postgres was away and could not be stored when it was back. */
export const unstoredMessages = pgTable(
  "unstored_messages",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    providerMessageId: text("provider_message_id").notNull(),
    /** As it travelled, encrypted under the tenant's label. */
    inlined: bytea("inlined").notNull(),
    reason: text("reason").notNull(),
    createdAt: createdAt(),
    /** When a replay stored it. */
    replayedAt: timestamp("replayed_at"),
  },
  (t) => [
    unique("unstored_messages_key").on(t.channel, t.accountId, t.providerMessageId),
    index("unstored_messages_waiting")
      .on(t.tenantId, t.createdAt)
      .where(sql`${t.replayedAt} IS NULL`),
  ],
);

/** The transcript: append-only (a trigger refuses UPDATE and DELETE) and partitioned by month on `created_at`. */
export const messages = pgTable(
  "messages",
  {
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    direction: text("direction", { enum: ["inbound", "outbound"] }).notNull(),
    turnId: uuid("turn_id"),
    body: bytea("body").notNull(),
    /** Pictures, files and places that came with it: references at the vendor, encrypted. */
    media: bytea("media"),
    createdAt: timestamp("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq, t.createdAt] })],
);

/** Edits and deletions by the person: the transcript keeps what was said, this says what it became. */
export const messageChanges = pgTable(
  "message_changes",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    changeId: text("change_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    targetMessageId: text("target_message_id").notNull(),
    kind: text("kind", { enum: ["edit", "delete"] }).notNull(),
    body: bytea("body").notNull(),
    providerTime: timestamp("provider_time"),
    receivedAt: timestamp("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel, t.accountId, t.changeId] }),
    index("message_changes_conversation").on(t.conversationId),
  ],
);

/** What came in and is of no use to us, counted by name and UTC day, so that nothing vanishes without a trace. */
export const ignoredEvents = pgTable(
  "ignored_events",
  {
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    what: text("what").notNull(),
    day: date("day").notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.channel, t.accountId, t.what, t.day] })],
);
