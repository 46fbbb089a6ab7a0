import { LRUCache } from "lru-cache";
import type { Cursor, ScanRequest } from "../../db/connection/page.ts";
import { mapConcurrently } from "../../infra/runtime/map-concurrently.ts";
import type { Log } from "../../infra/runtime/log.ts";

export interface Scan<Row extends Cursor> {
  list(request: ScanRequest): Promise<Row[]>;
  olderThanMs: number;
  workflowIdOf(row: Row): string;
  /** Asks Temporal for the run and starts it if it is missing. */
  check(row: Row): Promise<void>;
}

const PAGE = 1_000;
/** Waiting turns of a whole night: more continue in the next round. */
const PAGES_PER_ROUND = 5;
/** The longest time of one scan in a round, so that the other chores are not delayed. */
const ROUND_MS = 1_000;
/** Enough to hide the latency of Temporal, few enough to leave capacity for messages. */
const CONCURRENCY = 20;
/** A workflow that was checked is not checked again for this long. */
const RECHECK_AFTER_MS = 10_000;
/** After an error of the check. */
const RETRY_AFTER_MS = 2_000;
/** Repeated checks in one round. They find a run that was lost while it waited, which is rare. */
const RECHECKS_PER_ROUND = 200;
const CHECKED_RUNS = 100_000;

export type CheckedRuns = LRUCache<string, number>;

/** The workflows that were checked, with the time after which they may be checked again. */
export function createCheckedRuns(): CheckedRuns {
  return new LRUCache<string, number>({ max: CHECKED_RUNS });
}

/**
 * Checks the rows of a list that may lack their workflow. Rows that were never checked come first, so a missing workflow is found in the next
 * round, no matter how many older rows wait rightly. The scan of a long list continues in the next round, and starts again at its end.
 */
export function createScan<Row extends Cursor>(
  { list, olderThanMs, workflowIdOf, check }: Scan<Row>,
  { checked, log }: { checked: CheckedRuns; log: Log },
): () => Promise<boolean> {
  let cursor: Cursor | null = null;

  /** True when more rows wait for their first check. */
  return async function scan(): Promise<boolean> {
    const until = Date.now() + ROUND_MS;
    let rechecks = RECHECKS_PER_ROUND;
    for (let page = 0; page < PAGES_PER_ROUND; page++) {
      const rows: Row[] = await list({ olderThanMs, limit: PAGE, keysetBefore: cursor });
      const fresh = rows.filter((row) => !checked.has(workflowIdOf(row)));
      const due = rows
        .filter((row) => nextCheckAt(row) <= Date.now())
        .toSorted(compareNextCheck)
        .slice(0, rechecks);
      rechecks -= due.length;
      if (!(await checkAll(fresh, until))) return true;
      await checkAll(due, until);
      const last = rows.at(-1);
      cursor = last === undefined || rows.length < PAGE ? null : { at: last.at, id: last.id };
      if (cursor === null) return false;
    }
    return false;
  };

  function nextCheckAt(row: Row): number {
    return checked.get(workflowIdOf(row)) ?? Infinity;
  }

  function compareNextCheck(a: Row, b: Row): number {
    return nextCheckAt(a) - nextCheckAt(b);
  }

  /** False when the time was over before all of them were checked. An error concerns one row; if all fail, the scan fails. */
  async function checkAll(rows: readonly Row[], until: number): Promise<boolean> {
    let succeeded = 0;
    const failures: unknown[] = [];
    const results = await mapConcurrently(rows, CONCURRENCY, async (row) => {
      if (Date.now() > until) return false;
      const workflowId = workflowIdOf(row);
      try {
        await check(row);
        succeeded++;
        checked.set(workflowId, Date.now() + RECHECK_AFTER_MS);
      } catch (error) {
        failures.push(error);
        checked.set(workflowId, Date.now() + RETRY_AFTER_MS);
        log.debug({ err: error, workflowId }, "a workflow could not be checked");
      }
      return true;
    });
    if (failures.length > 0 && succeeded === 0) throw failures[0];
    if (failures.length > 0)
      log.warn(
        { err: failures[0], failed: failures.length, checked: succeeded },
        "some workflows could not be checked",
      );
    return results.every(Boolean);
  }
}
