import { index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, createdAt, timestamp } from "./columns.ts";

/** Keys of the REST API. Only a keyed hash is stored, so a key cannot be shown a second time. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    name: text("name").notNull(),
    keyHash: bytea("key_hash").notNull().unique(),
    scopes: text("scopes").array().notNull(),
    createdAt: createdAt(),
    lastUsedAt: timestamp("last_used_at"),
    revokedAt: timestamp("revoked_at"),
    /** Null for a key without an end. */
    expiresAt: timestamp("expires_at"),
  },
  (t) => [index("api_keys_tenant").on(t.tenantId)],
);

/**
 * The ingress processes, and the version of the channel accounts that each one uses. A change of an account is in effect when every
 * process has confirmed a later time.
 */
export const ingressProcesses = pgTable("ingress_processes", {
  id: uuid("id").primaryKey(),
  seenAt: timestamp("seen_at").notNull().defaultNow(),
  /** The process uses all changes of accounts that were committed before this time. */
  accountsAsOf: timestamp("accounts_as_of").notNull(),
  /** The accounts (`channel/id`) that this process cannot decrypt. */
  unreadable: text("unreadable").array().notNull().default([]),
});

/** The first response to a request with an `Idempotency-Key`. Every repetition within 24 h gets the same response. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    tenantId: text("tenant_id").notNull(),
    key: text("key").notNull(),
    /** Hash of method, path and body. The same key with another request is an error of the caller. */
    requestHash: bytea("request_hash").notNull(),
    /** Null while the first request is in progress. */
    status: integer("status"),
    body: bytea("body"),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] }), index("idempotency_keys_age").on(t.createdAt)],
);
