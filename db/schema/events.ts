import { sql } from "drizzle-orm";
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, timestamp } from "./columns.ts";

/**
 * Outgoing events for the tenant's own systems, written in the transaction of the change (an outbox). They hold ids and
 * states, no texts.
 */
export const events = pgTable(
  "events",
  {
    id: uuid("id").primaryKey(),
    ordinal: bigserial("ordinal", { mode: "number" }).notNull(),
    tenantId: text("tenant_id").notNull(),
    type: text("type").notNull(),
    conversationId: uuid("conversation_id"),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    /** When the deliveries of the event were written; null until then. */
    relayedAt: timestamp("relayed_at"),
  },
  (t) => [
    index("events_by_tenant").on(t.tenantId, t.createdAt, t.id),
    index("events_unrelayed")
      .on(t.ordinal)
      .where(sql`${t.relayedAt} IS NULL`),
    index("events_age").on(t.createdAt),
  ],
);

export const eventEndpoints = pgTable(
  "event_endpoints",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    url: text("url").notNull(),
    /** Signing secrets, the current one first, encrypted. */
    secrets: bytea("secrets").notNull(),
    /** The event types that the endpoint wants. Empty: all types. */
    types: text("types").array().notNull(),
    /** Whether the texts of messages are included. */
    includeText: boolean("include_text").notNull().default(false),
    disabledAt: timestamp("disabled_at"),
    /** It responded with 410, it failed for days, or an operator disabled it. */
    disabledReason: text("disabled_reason", { enum: ["gone", "failing", "operator"] }),
    /** The first failure since the last success; null after a success. */
    failingSince: timestamp("failing_since"),
    /** The first success after a failure; null when the waiting deliveries were brought forward. */
    recoveredAt: timestamp("recovered_at"),
    /** The endpoint asked for fewer requests. No attempt begins before this time. */
    throttledUntil: timestamp("throttled_until"),
    createdAt: createdAt(),
  },
  (t) => [
    index("event_endpoints_tenant").on(t.tenantId),
    index("event_endpoints_recovered")
      .on(t.recoveredAt)
      .where(sql`${t.recoveredAt} IS NOT NULL`),
  ],
);

export const eventDeliveries = pgTable(
  "event_deliveries",
  {
    eventId: uuid("event_id").notNull(),
    endpointId: uuid("endpoint_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    state: text("state", { enum: ["pending", "delivered", "failed"] })
      .notNull()
      .default("pending"),
    attempt: integer("attempt").notNull().default(0),
    /** Attempts before the last resend. The schedule starts again after them. */
    earlierAttempts: integer("earlier_attempts").notNull().default(0),
    /** Attempts since then that were brought forward. The schedule does not count them. */
    earlyAttempts: integer("early_attempts").notNull().default(0),
    /** The number of the last attempt that was brought forward. */
    lastEarlyAttempt: integer("last_early_attempt"),
    code: text("code"),
    nextAttemptAt: timestamp("next_attempt_at").notNull().defaultNow(),
    /** The endpoint's Retry-After. No attempt begins earlier, also when it is brought forward. */
    notBefore: timestamp("not_before"),
    /** When a process claimed the row for its present attempt; null while the row waits. */
    claimedAt: timestamp("claimed_at"),
    updatedAt: timestamp("updated_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.eventId, t.endpointId] }),
    index("event_deliveries_first")
      .on(t.endpointId, t.nextAttemptAt)
      .where(sql`${t.state} = 'pending' AND ${t.claimedAt} IS NULL AND ${t.attempt} = ${t.earlierAttempts}`),
    index("event_deliveries_later")
      .on(t.endpointId, t.nextAttemptAt)
      .where(sql`${t.state} = 'pending' AND ${t.claimedAt} IS NULL AND ${t.attempt} > ${t.earlierAttempts}`),
    index("event_deliveries_running")
      .on(t.claimedAt)
      .where(sql`${t.state} = 'pending' AND ${t.claimedAt} IS NOT NULL`),
    index("event_deliveries_endpoint").on(t.endpointId, t.updatedAt),
    // The rows of one state among many that were delivered.
    index("event_deliveries_undelivered")
      .on(t.endpointId, t.state, t.updatedAt, t.eventId)
      .where(sql`${t.state} <> 'delivered'`),
    index("event_deliveries_failed")
      .on(t.tenantId, t.updatedAt)
      .where(sql`${t.state} = 'failed'`),
    // The last deliveries of all endpoints: db/health/step-failures.ts.
    index("event_deliveries_delivered")
      .on(t.updatedAt)
      .where(sql`${t.state} = 'delivered'`),
  ],
);
