import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** Where a page ended: the last row's moment to the microsecond (a `Date` would round it), and its id. */
export interface PageEnd {
  at: string;
  id: string;
}

export interface PageRequest {
  limit: number;
  after: PageEnd | null;
}

export interface Page<T> {
  rows: T[];
  /** Where the next page begins, or null on the last one. */
  next: PageEnd | null;
}

/** A moment as a page's end has it. */
export function exactly(moment: PgColumn | SQL): SQL<string> {
  return sql<string>`to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Newest first, by keyset: a page costs the same wherever it lies, and rows that come in meanwhile shift nothing. */
export function after(
  order: { createdAt: PgColumn; id: PgColumn | SQL },
  { after: end }: PageRequest,
): SQL | undefined {
  if (end === null) return undefined;
  return sql`(${order.createdAt}, ${order.id}) < (${end.at}::timestamptz, ${end.id})`;
}

/** Oldest first, for whoever walks through all of a list and begins anew: the row behind the last one that was seen. */
export function beyond(order: { moment: PgColumn; id: PgColumn }, seen: PageEnd | null): SQL | undefined {
  if (seen === null) return undefined;
  return sql`(${order.moment}, ${order.id}) > (${seen.at}::timestamptz, ${seen.id})`;
}

/** What is asked for of a list that is walked through. */
export interface WalkRequest {
  /** Rows that are older than this. */
  olderThanMs: number;
  limit: number;
  after: PageEnd | null;
}

/** The rows of one page out of `limit + 1` that were asked for. */
export function pageOf<T extends { at: string; id: string }>(rows: T[], { limit }: PageRequest): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : null,
  };
}
