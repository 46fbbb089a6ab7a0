import type { Cursor, ScanRequest } from "../../db/connection/page.ts";

/**
 * Goes through a list that may be longer than one round: each call takes the rows behind the last one that was seen, and begins anew
 * behind the end. What waits for long at the head of the list, as it should, hides nothing that stands behind it.
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
