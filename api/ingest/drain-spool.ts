import { setTimeout as sleep } from "node:timers/promises";
import type { Spool, SpooledRow } from "../../db/inbound/spool.ts";
import { isTransientDbError } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { isUnavailable } from "../problem.ts";
import type { IngestEvent } from "./ingest-event.ts";
import { forEachPartition, orderingKey } from "./partitions.ts";
import { openEvent, type SpooledEvent } from "./spooled-event.ts";

export interface DrainSpoolDependencies {
  spool: Spool;
  vault: Vault;
  findAccount: AccountDirectory["findVerified"];
  /** The one without a spool: an entry must not return into the spool. */
  ingestEvent: IngestEvent;
  log: Record<"info" | "warn" | "error", (details: object, message: string) => void>;
}

interface OpenedRow {
  row: SpooledRow;
  /** Null if the entry cannot be decrypted. */
  spooled: SpooledEvent | null;
}

const PAUSE_MS = 500;
/** Entries per round. They are removed together, so they share one sync of the disk. */
const BATCH = 200;
/** An entry that a reachable Postgres rejects this often is set aside, so that it does not block its contact. */
const MAX_TRIES = 5;

/**
 * Moves the spool into Postgres, oldest entries first and in the order of arrival per contact. An entry is removed after it is
 * stored. Storing is idempotent, so a crash between the two steps is harmless.
 */
export function createDrainSpool({ spool, vault, findAccount, ingestEvent, log }: DrainSpoolDependencies) {
  const tries = new Map<number, number>();
  let stopped = false;
  let loop: Promise<void> | null = null;

  /** True if the next round can follow at once. */
  async function drainBatch(): Promise<boolean> {
    const stored: number[] = [];
    await forEachPartition(spool.oldest(BATCH).map(openRow), partitionOf, async (partition) => {
      for (const { row, spooled } of partition) {
        // A later entry of the partition must not overtake one that failed.
        if (stopped || !(await store(row, spooled))) return;
        stored.push(row.id);
      }
    });
    if (stored.length === 0) return false;
    spool.remove(stored);
    log.info({ stored: stored.length, ...spool.counts() }, "moved entries of the spool into Postgres");
    return spool.counts().waiting > 0;
  }

  function openRow(row: SpooledRow): OpenedRow {
    try {
      return { row, spooled: openEvent(vault, row) };
    } catch {
      // Not logged: `store` counts and logs the entry.
      return { row, spooled: null };
    }
  }

  /** True if Postgres has it. */
  async function store(row: SpooledRow, spooled: SpooledEvent | null): Promise<boolean> {
    try {
      if (spooled === null) throw new Error("No key of this installation opens the entry.");
      const { channel, accountId, event, context } = spooled;
      const account = await findAccount(channel, accountId);
      if (account === null) throw new Error(`The account ${channel}/${accountId} no longer exists.`);
      await ingestEvent(account, event, { ...context, isSpooled: true });
      tries.delete(row.id);
      return true;
    } catch (error) {
      if (!isUnavailable(error) && !isTransientDbError(error)) countTry(row, error);
      return false;
    }
  }

  function countTry({ id }: SpooledRow, error: unknown): void {
    const count = (tries.get(id) ?? 0) + 1;
    tries.set(id, count);
    if (count < MAX_TRIES) return;
    tries.delete(id);
    spool.refuse(id, error instanceof Error ? error.name : "unknown");
    log.error(
      { err: error, entry: id },
      "an entry of the spool cannot be stored; the next start tries it again",
    );
  }

  async function drainUntilStopped(): Promise<void> {
    while (!stopped) {
      const more =
        spool.counts().waiting > 0 &&
        (await drainBatch().catch((error: unknown) => {
          log.warn({ err: error }, "the spool could not be drained");
          return false;
        }));
      if (!more) await sleep(PAUSE_MS);
    }
  }

  return {
    start(): void {
      const { waiting } = spool.counts();
      if (waiting > 0) log.warn({ waiting }, "the spool holds entries of an earlier run");
      loop = drainUntilStopped();
    },
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}

function partitionOf({ row, spooled }: OpenedRow): string {
  if (spooled === null) return `unreadable ${row.id}`;
  return `${spooled.channel}\n${spooled.accountId}\n${orderingKey(spooled.event)}`;
}
