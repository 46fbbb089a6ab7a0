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
  },
  (t) => [index("api_keys_tenant").on(t.tenantId)],
);

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
