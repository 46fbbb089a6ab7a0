import { customType, numeric, timestamp as pgTimestamp } from "drizzle-orm/pg-core";

/** Encrypted text: see `infra/runtime/encryption/vault.ts` for the byte layout. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

export const timestamp = (name: string) => pgTimestamp(name, { withTimezone: true });
export const createdAt = () => timestamp("created_at").notNull().defaultNow();
export const usd = (name: string) => numeric(name, { precision: 14, scale: 8, mode: "number" });
/** 0 to 1. */
export const share = (name: string) => numeric(name, { precision: 5, scale: 4, mode: "number" });
