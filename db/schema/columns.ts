import { customType, numeric, timestamp as pgTimestamp } from "drizzle-orm/pg-core";

/** Encrypted text: see `infra/runtime/encryption/vault.ts` for the byte layout. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

export const timestamp = (name: string) => pgTimestamp(name, { withTimezone: true });
export const createdAt = () => timestamp("created_at").notNull().defaultNow();
export const usd = (name: string) => numeric(name, { precision: 14, scale: 8, mode: "number" });
