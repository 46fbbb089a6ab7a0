import { setTimeout as sleep } from "node:timers/promises";
import type { Spool, SpooledRow } from "../../db/inbound/spool.ts";
import { isStoreError } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { isUnavailable } from "../problem.ts";
import type { IngestEvent } from "./ingest-event.ts";
import type { InlineUrgent } from "./inline-urgent.ts";
import { forEachPartition } from "./partitions.ts";
import { openEvent } from "./spooled-event.ts";

export interface DrainSpoolDependencies {
  spool: Spool;
  vault: Vault;
  findAccount: AccountDirectory["findVerified"];
  /** The one without a spool: an entry must not return into the spool. */
  ingestEvent: IngestEvent;
  inlineUrgent: InlineUrgent;
  log: Record<"info" | "warn" | "error", (details: object, message: string) => void>;
  /** How long a refused entry waits for its next try, ms. */
  retryRefusedMs?: number;
}

/** One try of every refused entry. */
interface RefusedPass {
  /** The last entry that was tried. */
  after: number;
  beginsAt: number;
  failure: Error | null;
}

/** A STOP in the spool is not stored yet, so the pause is short. Only a process with entries touches Postgres. */
const PAUSE_MS = 250;
/** Entries per round. They are removed together, so they share one sync of the disk. */
const BATCH = 200;
const RETRY_REFUSED_MS = 60_000;
const REFUSED_SLICE = 20;
const LOG_EVERY_MS = 30_000;

/**
 * Moves the spool into Postgres: urgent entries first, then the others in the order of arrival per contact. An entry is removed after it is
 * stored. Storing is idempotent, so a crash between the two steps is harmless.
 *
 * The cause of a failure decides, not the number of failures. While the store is the cause, the entry waits. An entry that is itself the
 * cause is set aside, so that it does not block its contact, and is tried again every minute.
 */
export function createDrainSpool({
  spool,
  vault,
  findAccount,
  ingestEvent,
  inlineUrgent,
  log,
  retryRefusedMs = RETRY_REFUSED_MS,
}: DrainSpoolDependencies) {
  const stopping = new AbortController();
  const logStoreError = createThrottle(LOG_EVERY_MS);
  let pass: RefusedPass = { after: 0, beginsAt: -Infinity, failure: null };
  /** The urgent entries that a workflow has. */
  const inlined = new Set<number>();
  let loop: Promise<void> | null = null;

  /** True if the next round can follow at once. */
  async function drainBatch(): Promise<boolean> {
    const stored: number[] = [];
    await forEachPartition(spool.oldest(BATCH), partitionOf, async (partition) => {
      for (const row of partition) {
        const failure = await store(row);
        if (failure === null) stored.push(row.id);
        else if (isStoreFailure(failure)) {
          logStoreError(() =>
            log.error(
              { err: failure, ...spool.counts() },
              "Postgres does not accept the entries of the spool",
            ),
          );
          // A later entry of the partition must not overtake this one.
          return;
        } else refuse(row, failure);
        if (stopping.signal.aborted) return;
      }
    });
    if (stored.length === 0) return false;
    spool.remove(stored);
    for (const id of stored) inlined.delete(id);
    log.info({ stored: stored.length, ...spool.counts() }, "moved entries of the spool into Postgres");
    return spool.counts().waiting > 0;
  }

  /** Null if Postgres has it, else the cause. */
  async function store(row: SpooledRow): Promise<Error | null> {
    try {
      const { channel, accountId, event, context } = openEvent(vault, row);
      const account = await findAccount(channel, accountId);
      if (account === null) throw new Error(`The account ${channel}/${accountId} no longer exists.`);
      await ingestEvent(account, event, { ...context, hasSpool: true });
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  function refuse({ id }: SpooledRow, failure: Error): void {
    spool.refuse(id, failure.name);
    log.error(
      { err: failure, entry: id, ...spool.counts() },
      "an entry of the spool cannot be stored and is set aside",
    );
  }

  /** Where Postgres accepts nothing, Temporal may still accept what silences the sends of others. */
  async function inlineUrgentRows(): Promise<void> {
    for (const row of spool.oldest(BATCH)) {
      if (!row.isUrgent || stopping.signal.aborted) return;
      if (!inlined.has(row.id) && !(await inlineRow(row))) return;
    }
  }

  async function inlineRow(row: SpooledRow): Promise<boolean> {
    const { channel, accountId, event, context } = openEvent(vault, row);
    const { arrivedAt = context.receivedAt } = context;
    const account = await findAccount(channel, accountId);
    if (account === null || !(await inlineUrgent(account, event, { ...context, arrivedAt }))) return false;
    inlined.add(row.id);
    return true;
  }

  /** Continues the pass over the refused entries, in slices: a STOP that arrives must not wait for thousands of tries. */
  async function storeRefused(): Promise<void> {
    if (spool.counts().refused === 0 || performance.now() < pass.beginsAt) return;
    const limit = spool.counts().waiting > 0 ? 1 : REFUSED_SLICE;
    const rows = spool.refused({ after: pass.after, limit });
    const stored: number[] = [];
    let isEnd = rows.length < limit;
    for (const row of rows) {
      pass.after = row.id;
      const failure = await store(row);
      if (failure === null) stored.push(row.id);
      else pass.failure = failure;
      if (failure === null || !isStoreFailure(failure)) continue;
      isEnd = true;
      break;
    }
    if (stored.length > 0) spool.removeRefused(stored);
    if (!isEnd) return;
    if (pass.failure !== null)
      log.error({ err: pass.failure, ...spool.counts() }, "entries of the spool still cannot be stored");
    pass = { after: 0, beginsAt: performance.now() + retryRefusedMs, failure: null };
  }

  async function drainUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      const more = await drainOnce().catch((error: unknown) => {
        log.warn({ err: error }, "the spool could not be drained");
        return false;
      });
      // Not logged: the end of the process ends the pause.
      if (!more) await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function drainOnce(): Promise<boolean> {
    const more = spool.counts().waiting > 0 && (await drainBatch());
    if (!more && spool.counts().waiting > 0) await inlineUrgentRows();
    await storeRefused();
    return more;
  }

  return {
    start(): void {
      const { waiting, refused } = spool.counts();
      if (waiting + refused > 0) log.warn({ waiting, refused }, "the spool holds entries of an earlier run");
      loop = drainUntilStopped();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await loop;
    },
  };
}

function isStoreFailure(error: Error): boolean {
  return isUnavailable(error) || isStoreError(error);
}

/** Entries of an earlier release have no partition. */
function partitionOf({ id, partition }: SpooledRow): string {
  return partition === "" ? `entry ${id}` : partition;
}

/** Runs `work` at once, and later calls not before `everyMs` has passed. */
function createThrottle(everyMs: number) {
  let nextAt = -Infinity;
  return function runThrottled<Result>(work: () => Result): Result | undefined {
    if (performance.now() < nextAt) return undefined;
    nextAt = performance.now() + everyMs;
    return work();
  };
}
