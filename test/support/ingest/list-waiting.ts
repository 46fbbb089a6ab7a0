import type { Spool, SpooledRow } from "../../../db/inbound/spool.ts";

/** All waiting entries of a spool: the urgent ones, then the others. */
export function listWaiting(spool: Spool): SpooledRow[] {
  const all = { after: 0, limit: 10_000 };
  return [...spool.waiting("urgent", all), ...spool.waiting("ordinary", all)];
}
