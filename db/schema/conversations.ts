import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, timestamp } from "./columns.ts";

/** The requests of messages, as they are stored. */
export const KEYWORDS = [
  "stop",
  /** The contact was out already, or an opt-in after it is stored already. */
  "stop_again",
  "maybe_stop",
  /** The contact declined the offer to stop. */
  "go_on",
  "start",
  "help",
  "agent",
  /** The carrier has answered it. */
  "carrier_stop",
  "carrier_start",
  "carrier_help",
] as const;

/**
 * `turn_owner` is the workflow id that works on the turn, or null. It has no time limit, so it cannot expire during a slow
 * model call. No index contains it, so a message changes the row and none of its indexes; `turns_running` lists the owners.
 */
export const conversations = pgTable(
  "conversations",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    contactId: uuid("contact_id").notNull(),
    /**
     * Distinguishes several conversations with one contact: Slack's channel and thread, a Telegram group. Empty where there
     * is one.
     */
    thread: text("thread").notNull().default(""),
    nextSeq: bigint("next_seq", { mode: "number" }).notNull().default(1),
    turnOwner: text("turn_owner"),
    turnAcquiredAt: timestamp("turn_acquired_at"),
    /** Since when the turn owner has no open turn and goes on with the next one; null where it works on a turn. */
    ownerIdleSince: timestamp("owner_idle_since"),
    /** The time of the contact's last message by our clock. Reply windows start here. */
    lastInboundAt: timestamp("last_inbound_at"),
    /** The agent who has taken the conversation over. The assistant is silent while it is set. */
    takenOverBy: text("taken_over_by"),
    takenOverAt: timestamp("taken_over_at"),
    /** The end of the last takeover. A message of an agent from before it, which arrives late, is no new takeover. */
    handedBackAt: timestamp("handed_back_at"),
    pausedAt: timestamp("paused_at"),
    /** "operator", "loop", "handoff" or "shared". */
    pauseReason: text("pause_reason"),
    /** How long a handoff waits for an agent, seconds; null for the time of the account. */
    handoffTimeoutS: integer("handoff_timeout_s"),
    /** When the contact was asked whether we shall stop, while this question is the last line of the conversation. */
    stopAskedAt: timestamp("stop_asked_at"),
    /**
     * When another participant last wrote in the same thread without naming the assistant, by the provider's clock. With the pause "shared" the
     * assistant answers only messages that name it and are newer.
     */
    othersWroteAt: timestamp("others_wrote_at"),
    /** Set for an anonymous web visitor: a keyed hash of the network that opened the session. */
    visitorNetwork: text("visitor_network"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("conversations_contact_thread").on(t.tenantId, t.channel, t.accountId, t.contactId, t.thread),
    index("conversations_contact").on(t.contactId),
    index("conversations_by_tenant").on(t.tenantId, t.createdAt, t.id),
    // For lists of the few conversations that an agent or an operator looks after.
    index("conversations_paused")
      .on(t.tenantId, t.createdAt, t.id)
      .where(sql`${t.pausedAt} IS NOT NULL`),
    index("conversations_with_agent")
      .on(t.tenantId, t.createdAt, t.id)
      .where(sql`${t.takenOverBy} IS NOT NULL`),
    // For lists of what waits, which read all their indexes in the order of conversations: see db/conversations/find-candidates.ts.
    index("conversations_of_agents")
      .on(t.tenantId, t.id)
      .where(sql`${t.takenOverBy} IS NOT NULL OR ${t.pauseReason} = 'handoff'`),
    // The conversations of one Slack thread or one group.
    index("conversations_shared")
      .on(t.tenantId, t.channel, t.accountId, t.thread)
      .where(sql`${t.thread} <> ''`),
    // For the queries that the sweeper makes each second.
    index("conversations_idle_owner")
      .on(t.ownerIdleSince)
      .where(sql`${t.ownerIdleSince} IS NOT NULL`),
    index("conversations_handoff")
      .on(t.pausedAt)
      .where(sql`${t.pauseReason} = 'handoff'`),
    index("conversations_taken_over")
      .on(t.takenOverBy, t.takenOverAt)
      .where(sql`${t.takenOverBy} IS NOT NULL`),
  ],
);

/** The progress of each inbound message, and the dedupe key. `db/transitions/inbox-moves.ts` has the states. */
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
    /** Orders messages with the same provider time, where the provider numbers its messages. */
    providerSequence: bigint("provider_sequence", { mode: "number" }),
    /**
     * `explain` and `hand_over`: it has no words for a model. The turn says so and offers an agent, or asks an agent to join.
     */
    treatment: text("treatment", { enum: ["answer", "explain", "hand_over"] })
      .notNull()
      .default("answer"),
    /** The request of a message: `db/inbound/settle-request.ts` has their meanings. */
    keyword: text("keyword", { enum: KEYWORDS }),
    /** False for a message in a shared place that does not name the assistant. */
    isAddressed: boolean("is_addressed").notNull().default(true),
    /** By the provider's clock it belongs to a turn that began before it arrived. */
    late: boolean("late").notNull().default(false),
    /** How often another build replayed a dead letter with this message. */
    replays: smallint("replays").notNull().default(0),
    receivedAt: timestamp("received_at").notNull(),
    /** Characters after the text limit of the channel, which are not stored. */
    cutCharacters: integer("cut_characters").notNull().default(0),
    /** The end of this message's quiet window. Its workflow starts then. */
    wakeAt: timestamp("wake_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel, t.accountId, t.providerMessageId] }),
    // For counts of the last day. No block range index: new rows fill the space of old ones, so its ranges would cover all times.
    index("inbox_by_time").on(t.receivedAt),
    index("inbox_turn").on(t.turnId),
    /** A transcript joins its lines with the inbox. */
    index("inbox_line").on(t.conversationId, t.seq),
    // Pending messages: see `isPending`. No index contains `state`, so the end of a turn writes no index.
    index("inbox_waiting_by_conversation")
      .on(t.conversationId)
      .where(sql`${t.turnId} IS NULL AND ${t.reason} IS NULL`),
    index("inbox_waiting_by_wake")
      .on(t.wakeAt)
      .where(sql`${t.turnId} IS NULL AND ${t.reason} IS NULL`),
  ],
);

/** Messages that were inlined in the start of their workflow while Postgres was unavailable and could not be stored later. */
export const unstoredMessages = pgTable(
  "unstored_messages",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    providerMessageId: text("provider_message_id").notNull(),
    /** The inlined message, encrypted for the tenant. */
    inlined: bytea("inlined").notNull(),
    reason: text("reason").notNull(),
    createdAt: createdAt(),
    /** When a replay stored the message. */
    replayedAt: timestamp("replayed_at"),
  },
  (t) => [
    unique("unstored_messages_key").on(t.channel, t.accountId, t.providerMessageId),
    index("unstored_messages_waiting")
      .on(t.tenantId, t.createdAt)
      .where(sql`${t.replayedAt} IS NULL`),
  ],
);

/** The transcript. It is append-only (a trigger rejects UPDATE and DELETE) and partitioned by month on `created_at`. */
export const messages = pgTable(
  "messages",
  {
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    direction: text("direction", { enum: ["inbound", "outbound"] }).notNull(),
    turnId: uuid("turn_id"),
    body: bytea("body").notNull(),
    /** References to pictures, files and places at the vendor, encrypted. */
    media: bytea("media"),
    createdAt: timestamp("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq, t.createdAt] })],
);

/** Edits and deletions by the contact. The transcript keeps the original text, this table has the changes. */
export const messageChanges = pgTable(
  "message_changes",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    changeId: text("change_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    /** Null for a deletion that arrived before its message. */
    conversationId: uuid("conversation_id"),
    targetMessageId: text("target_message_id").notNull(),
    kind: text("kind", { enum: ["edit", "delete"] }).notNull(),
    body: bytea("body").notNull(),
    /** As in the inbox, for the new text of an edit. */
    cutCharacters: integer("cut_characters").notNull().default(0),
    providerTime: timestamp("provider_time"),
    receivedAt: timestamp("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channel, t.accountId, t.changeId] }),
    index("message_changes_conversation").on(t.conversationId),
    index("message_changes_target").on(t.channel, t.accountId, t.targetMessageId),
  ],
);

/** Inbound events that are not used, counted by name and UTC day, so that no input is dropped without a trace. */
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
