import { customType, numeric, timestamp } from "drizzle-orm/pg-core";

/** Encrypted text: see `infra/runtime/vault.ts` for the byte layout. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

export const moment = (name: string) => timestamp(name, { withTimezone: true });
export const createdAt = () => moment("created_at").notNull().defaultNow();
export const usd = (name: string) => numeric(name, { precision: 14, scale: 8, mode: "number" });
