import type { PageEnd, WalkRequest } from "../db/page.ts";

/**
 * Goes through a list that may be longer than one round: each call takes the rows behind the last one that was seen, and begins anew
 * behind the end. What waits for long at the head of the list, as it should, hides nothing that stands behind it.
 */
export function createWalk<Row extends PageEnd>(
  list: (request: WalkRequest) => Promise<Row[]>,
  { olderThanMs, limit }: Pick<WalkRequest, "olderThanMs" | "limit">,
): () => Promise<Row[]> {
  let seen: PageEnd | null = null;
  return async () => {
    const rows = await list({ olderThanMs, limit, after: seen });
    const last = rows.at(-1);
    seen = last === undefined || rows.length < limit ? null : { at: last.at, id: last.id };
    return rows;
  };
}
