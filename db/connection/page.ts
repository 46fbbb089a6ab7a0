import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** Where a page ended: the last row's timestamp to the microsecond (a `Date` would round it), and its id. */
export interface Cursor {
  at: string;
  id: string;
}

export interface PageRequest {
  limit: number;
  keysetBefore: Cursor | null;
}

export interface Page<T> {
  rows: T[];
  /** Where the next page begins, or null on the last one. */
  next: Cursor | null;
}

/** A timestamp as a page's end has it. */
export function toMicros(timestamp: PgColumn | SQL): SQL<string> {
  return sql<string>`to_char(${timestamp} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Newest first, by keyset: a page costs the same wherever it lies, and rows that come in meanwhile shift nothing. */
export function keysetBefore(
  order: { createdAt: PgColumn; id: PgColumn | SQL },
  { keysetBefore: end }: PageRequest,
): SQL | undefined {
  if (end === null) return undefined;
  return sql`(${order.createdAt}, ${order.id}) < (${end.at}::timestamptz, ${end.id})`;
}

/** Oldest first, for whoever walks through all of a list and begins anew: the row behind the last one that was seen. */
export function keysetAfter(
  order: { timestamp: PgColumn; id: PgColumn },
  seen: Cursor | null,
): SQL | undefined {
  if (seen === null) return undefined;
  return sql`(${order.timestamp}, ${order.id}) > (${seen.at}::timestamptz, ${seen.id})`;
}

/** What is asked for of a list that is walked through. */
export interface ScanRequest {
  /** Rows that are older than this. */
  olderThanMs: number;
  limit: number;
  keysetBefore: Cursor | null;
}

/** The rows of one page out of `limit + 1` that were asked for. */
export function toPage<T extends { at: string; id: string }>(rows: T[], { limit }: PageRequest): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : null,
  };
}
