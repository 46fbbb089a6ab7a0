import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { timeOfId } from "./new-id.ts";

/** The last row of a page: its timestamp to the microsecond (a `Date` would round it) and its id. */
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
  /** The cursor of the next page, or null on the last page. */
  next: Cursor | null;
}

/** A timestamp in the format of a cursor. */
export function toMicros(timestamp: PgColumn | SQL): SQL<string> {
  return sql<string>`to_char(${timestamp} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** The cursor of a list that is ordered by ids alone. Its timestamp is that of the id, and nothing reads it. */
export function cursorOfId(id: string): Cursor {
  return { at: new Date(timeOfId(id) ?? 0).toISOString().replace("Z", "000Z"), id };
}

/** Newest first, by keyset. Every page costs the same, and new rows do not move the pages. */
export function keysetBefore(
  order: { createdAt: PgColumn; id: PgColumn | SQL },
  { keysetBefore: end }: PageRequest,
): SQL | undefined {
  if (end === null) return undefined;
  return sql`(${order.createdAt}, ${order.id}) < (${end.at}::timestamptz, ${end.id})`;
}

/** Oldest first, for a scan of a whole list: the rows after the last row of the batch before. */
export function keysetAfter(
  order: { timestamp: PgColumn; id: PgColumn },
  seen: Cursor | null,
): SQL | undefined {
  if (seen === null) return undefined;
  return sql`(${order.timestamp}, ${order.id}) > (${seen.at}::timestamptz, ${seen.id})`;
}

/** One batch of a scan. */
export interface ScanRequest {
  /** Only rows that are older than this. */
  olderThanMs: number;
  limit: number;
  keysetBefore: Cursor | null;
}

/** The rows of one page, out of `limit + 1` rows. */
export function toPage<T extends { at: string; id: string }>(rows: T[], { limit }: PageRequest): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : null,
  };
}
