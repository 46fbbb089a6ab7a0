import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, timestamp } from "./columns.ts";

/**
 * One row per reply part, written before any send. `db/transitions/delivery-moves.ts` has the states.
 *
 * No index contains a column that changes at each step, such as `state` and `updated_at`: PostgreSQL would then write an entry into every
 * index of the row at each step. The lists have columns of their own at the end, which a trigger sets and most steps leave as they are.
 */
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
    /** True for a part on its way (`intended`, `sending`), else null. Set by the trigger `deliveries_lists`, as all below. */
    isMoving: boolean("is_moving"),
    /** True for an accepted part that was not read, else null. */
    isUnread: boolean("is_unread"),
    /** What keeps the part from its recipient; null where nothing does. */
    trouble: text("trouble", { enum: ["refused", "unknown", "failed"] }),
    /** The last change of a part in trouble, else null. */
    troubledAt: timestamp("troubled_at"),
    /** The first attempt of a part that an accepted send of its account may bring forward, else null. */
    stalledSince: timestamp("stalled_since"),
  },
  (t) => [
    unique("deliveries_part").on(t.turnId, t.part),
    index("deliveries_provider").on(t.providerId),
    // For queries that the sweeper makes each second: parts that wait, parts that were brought forward, late failures
    index("deliveries_scheduled")
      .on(t.tenantId, t.nextAttemptAt)
      .where(sql`${t.isMoving} AND ${t.nextAttemptAt} IS NOT NULL`),
    index("deliveries_brought_forward")
      .on(t.nextAttemptAt, t.id)
      .where(sql`${t.isMoving} AND ${t.nextAttemptAt} IS NOT NULL AND ${t.lastEarlyAttempt} IS NOT NULL`),
    // Parts of one account that an accepted send of the account may bring forward, in the order of `bringRecoveredForward`.
    index("deliveries_stalled")
      .on(t.failingAccount, t.stalledSince, t.id)
      .where(sql`${t.stalledSince} IS NOT NULL`),
    // And late failures that are not repaired.
    index("deliveries_not_repaired")
      .on(t.troubledAt)
      .where(sql`${t.trouble} = 'failed' AND ${t.refusal} IS NULL`),
    // Parts on their way: a takeover and an opt-out wait for the sends among them, and `status` counts them.
    index("deliveries_moving")
      .on(t.conversationId)
      .where(sql`${t.isMoving}`),
    // A receipt for everything before a time changes only parts that were not read.
    index("deliveries_not_read")
      .on(t.conversationId)
      .where(sql`${t.isUnread}`),
    // Lists of one kind of trouble, and of all.
    index("deliveries_of_trouble")
      .on(t.tenantId, t.trouble, t.troubledAt, t.id)
      .where(sql`${t.trouble} IS NOT NULL`),
    index("deliveries_in_trouble")
      .on(t.tenantId, t.troubledAt, t.id)
      .where(sql`${t.trouble} IS NOT NULL`),
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
