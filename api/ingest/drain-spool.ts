import type { Spool, SpooledRow } from "../../db/inbound/spool.ts";
import { isTransientDbError } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { orderingKey } from "./ordering-key.ts";
import { Problem } from "../problem.ts";
import { openEvent, type SpooledEvent } from "./ingest-with-spool.ts";
import type { IngestEvent } from "./ingest-event.ts";

export interface DrainSpoolDependencies {
  spool: Spool;
  vault: Vault;
  accounts: Pick<AccountDirectory, "find">;
  /** The one that knows of no spool. */
  ingestEvent: IngestEvent;
  log: Record<"info" | "warn" | "error", (details: object, message: string) => void>;
}

const PAUSE_MS = 500;
/** Entries a round: removed together, so that they share one sync. */
const BATCH = 200;
/** So many people's entries are stored side by side. */
const CONCURRENCY = 8;
/** Postgres answers and does not take it: after so many rounds it is put aside, so that it holds up nobody. */
const MAX_TRIES = 5;

/**
 * Brings what waits in the spool into Postgres, oldest first, each person's in the order of arrival; an entry goes only when it is
 * stored. Storing is idempotent, so a crash between the two costs nothing.
 */
export function createDrainSpool({ spool, vault, accounts, ingestEvent, log }: DrainSpoolDependencies) {
  const tries = new Map<number, number>();
  let stopped = false;
  let loop: Promise<void> | null = null;

  /** True where the next round can follow at once. */
  async function drainOnce(): Promise<boolean> {
    const stored: number[] = [];
    const partitions = [
      ...Map.groupBy(spool.oldest(BATCH).map(openRow), ({ partition }) => partition).values(),
    ];
    const drainPartitions = async (): Promise<void> => {
      for (
        let partition = partitions.shift();
        partition !== undefined && !stopped;
        partition = partitions.shift()
      )
        for (const { row, spooled } of partition) {
          // What stands behind it in its lane may not pass it.
          if (!(await store(row, spooled))) break;
          stored.push(row.id);
        }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, drainPartitions));
    if (stored.length === 0) return false;
    spool.remove(stored);
    log.info({ stored: stored.length, ...spool.counts() }, "brought home from the spool");
    return spool.counts().waiting > 0;
  }

  function openRow(row: SpooledRow): { row: SpooledRow; spooled: SpooledEvent | null; partition: string } {
    try {
      const spooled = openEvent(vault, row);
      return {
        row,
        spooled,
        partition: `${spooled.channel}\n${spooled.accountId}\n${orderingKey(spooled.event)}`,
      };
    } catch {
      return { row, spooled: null, partition: `unreadable ${row.id}` };
    }
  }

  /** True where it is in Postgres now. */
  async function store(row: SpooledRow, spooled: SpooledEvent | null): Promise<boolean> {
    try {
      if (spooled === null) throw new Error("It does not open with the keys of this installation.");
      const { channel, accountId, event, context } = spooled;
      const account = await accounts.find(channel, accountId);
      if (account === null) throw new Error(`There is no account ${channel}/${accountId} any more.`);
      await ingestEvent(account, event, { ...context, isSpooled: true });
      tries.delete(row.id);
      return true;
    } catch (error) {
      if (!isTransient(error)) countTry(row, error);
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
      "a spooled item cannot be stored and was put aside until the next start",
    );
  }

  async function drain(): Promise<void> {
    while (!stopped) {
      const more =
        spool.counts().waiting > 0 &&
        (await drainOnce().catch((error: unknown) => {
          log.warn({ err: error }, "the spool could not be drained");
          return false;
        }));
      if (!more) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  return {
    start(): void {
      const left = spool.counts().waiting;
      if (left > 0) log.warn({ waiting: left }, "the spool holds items of an earlier run");
      loop = drain();
    },
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}

function isTransient(error: unknown): boolean {
  return (error instanceof Problem && error.code === "unavailable") || isTransientDbError(error);
}
