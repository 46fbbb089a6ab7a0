import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, smallint, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, timestamp } from "./columns.ts";

/** One row per reply part, written before any send. `db/transitions/delivery-moves.ts` has the states. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    turnId: uuid("turn_id").notNull(),
    part: smallint("part").notNull(),
    body: bytea("body").notNull(),
    state: text("state", {
      enum: ["intended", "sending", "accepted", "unknown", "refused", "suppressed"],
    })
      .notNull()
      .default("intended"),
    attempt: integer("attempt").notNull().default(0),
    /** Attempts before the last replay. The channel's schedule starts again after them. */
    earlierAttempts: integer("earlier_attempts").notNull().default(0),
    /** Attempts since then that were brought forward. The schedule does not count them. */
    earlyAttempts: integer("early_attempts").notNull().default(0),
    /** The number of the last attempt that was brought forward. */
    lastEarlyAttempt: integer("last_early_attempt"),
    providerId: text("provider_id"),
    refusal: text("refusal"),
    /** The account whose vendor did not accept the last attempt, as `formatAccountName` writes it. Null: none has failed. */
    failingAccount: text("failing_account"),
    code: text("code"),
    firstAttemptAt: timestamp("first_attempt_at"),
    /** When the last attempt began. */
    attemptedAt: timestamp("attempted_at"),
    /** The next attempt must not begin earlier. The time comes from the channel's schedule or from the vendor's Retry-After. */
    nextAttemptAt: timestamp("next_attempt_at"),
    /** The vendor's Retry-After. No attempt begins earlier, also when it is brought forward. */
    notBefore: timestamp("not_before"),
    acceptedAt: timestamp("accepted_at"),
    /** The furthest report of the vendor. `db/transitions/receipt-moves.ts` has the states. */
    receipt: text("receipt", { enum: ["sent", "delivered", "read", "failed"] }),
    receiptCode: text("receipt_code"),
    updatedAt: timestamp("updated_at").notNull().defaultNow(),
  },
  (t) => [
    unique("deliveries_part").on(t.turnId, t.part),
    index("deliveries_provider").on(t.providerId),
    index("deliveries_by_conversation").on(t.conversationId, t.acceptedAt),
    // For queries that the sweeper makes each second: parts that wait, parts that were brought forward, late failures
    index("deliveries_waiting")
      .on(t.tenantId, t.nextAttemptAt)
      .where(sql`${t.state} = 'intended' AND ${t.nextAttemptAt} IS NOT NULL`),
    index("deliveries_early")
      .on(t.nextAttemptAt, t.id)
      .where(sql`${t.state} = 'intended' AND ${t.lastEarlyAttempt} > ${t.attempt}`),
    // Parts of one account that an accepted send of the account may bring forward, in the order of `bringRecoveredForward`.
    index("deliveries_of_failing_account")
      .on(t.failingAccount, t.firstAttemptAt, t.id)
      .where(sql`${t.state} = 'intended' AND ${t.attempt} > coalesce(${t.lastEarlyAttempt}, 0)`),
    // And late failures that are not repaired.
    index("deliveries_unrepaired")
      .on(t.updatedAt)
      .where(sql`${t.receipt} = 'failed' AND ${t.refusal} IS NULL`),
    // Parts on their way: a takeover and an opt-out wait for the sends among them, and `status` counts them.
    index("deliveries_on_the_way")
      .on(t.conversationId)
      .where(sql`${t.state} IN ('intended', 'sending')`),
    // A receipt for everything before a time changes only parts that were not read.
    index("deliveries_unread")
      .on(t.conversationId)
      .where(sql`${t.state} = 'accepted' AND ${t.receipt} IS DISTINCT FROM 'read'`),
    // Lists of one kind of trouble, and of all.
    index("deliveries_unsent")
      .on(t.tenantId, t.state, t.updatedAt, t.id)
      .where(sql`${t.state} IN ('refused', 'unknown')`),
    index("deliveries_failed")
      .on(t.tenantId, t.updatedAt, t.id)
      .where(sql`${t.receipt} = 'failed'`),
    index("deliveries_troubled")
      .on(t.tenantId, t.updatedAt, t.id)
      .where(sql`${t.state} IN ('refused', 'unknown') OR ${t.receipt} = 'failed'`),
  ],
);

/** Every receipt, unchanged. A receipt may be earlier than our own commit, and is applied when the part is settled. */
export const receipts = pgTable(
  "receipts",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    state: text("state", { enum: ["sent", "delivered", "read", "failed"] }).notNull(),
    tenantId: text("tenant_id").notNull(),
    code: text("code"),
    providerTime: timestamp("provider_time"),
    receivedAt: timestamp("received_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.channel, t.accountId, t.providerId, t.state] })],
);

/**
 * Accounts with a failed send and no accepted one since. A row with `recovered_at` is the list of the sweeper: the parts of the account
 * that wait are brought forward.
 */
export const accountOutages = pgTable(
  "account_outages",
  {
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    failingSince: timestamp("failing_since").notNull().defaultNow(),
    /** The first accepted send after the failures. */
    recoveredAt: timestamp("recovered_at"),
  },
  (t) => [primaryKey({ columns: [t.channel, t.accountId] })],
);
