import type { Cursor, ScanRequest } from "../../db/connection/page.ts";

/**
 * Scans a list that may be longer than one page: each call returns the page after the last row of the page before, and starts from
 * the beginning after the last page. Old rows that are still running must not hide newer rows.
 */
export function createCursor<Row extends Cursor>(
  list: (request: ScanRequest) => Promise<Row[]>,
  { olderThanMs, limit }: Pick<ScanRequest, "olderThanMs" | "limit">,
): () => Promise<Row[]> {
  let cursor: Cursor | null = null;
  return async () => {
    const rows = await list({ olderThanMs, limit, keysetBefore: cursor });
    const last = rows.at(-1);
    cursor = last === undefined || rows.length < limit ? null : { at: last.at, id: last.id };
    return rows;
  };
}
