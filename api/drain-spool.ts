import type { Spool, SpooledRow } from "../db/spool.ts";
import { isPostgresAway } from "../db/postgres.ts";
import type { Vault } from "../db/vault.ts";
import type { AccountDirectory } from "./account-directory.ts";
import { personOf } from "./person-of.ts";
import { Problem } from "./problem.ts";
import { openEvent, type SpooledEvent } from "./spooled-take-event.ts";
import type { TakeEvent } from "./take-event.ts";

export interface DrainSpoolDependencies {
  spool: Spool;
  vault: Vault;
  accounts: Pick<AccountDirectory, "find">;
  /** The one that knows of no spool. */
  takeEvent: TakeEvent;
  log: Record<"info" | "warn" | "error", (details: object, message: string) => void>;
}

const PAUSE_MS = 500;
/** Entries a round: removed together, so that they share one sync. */
const BATCH = 200;
/** So many people's entries are stored side by side. */
const SIDE_BY_SIDE = 8;
/** Postgres answers and does not take it: after so many rounds it is put aside, so that it holds up nobody. */
const MOST_TRIES = 5;

/**
 * Brings what waits in the spool into Postgres, oldest first, each person's in the order of arrival; an entry goes only when it is
 * stored. Storing is idempotent, so a crash between the two costs nothing.
 */
export function createDrainSpool({ spool, vault, accounts, takeEvent, log }: DrainSpoolDependencies) {
  const tries = new Map<number, number>();
  let stopped = false;
  let loop: Promise<void> | null = null;

  /** True where the next round can follow at once. */
  async function round(): Promise<boolean> {
    const stored: number[] = [];
    const lanes = [...Map.groupBy(spool.oldest(BATCH).map(opened), ({ lane }) => lane).values()];
    const drainLanes = async (): Promise<void> => {
      for (let lane = lanes.shift(); lane !== undefined && !stopped; lane = lanes.shift())
        for (const { row, spooled } of lane) {
          // What stands behind it in its lane may not pass it.
          if (!(await store(row, spooled))) break;
          stored.push(row.id);
        }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, drainLanes));
    if (stored.length === 0) return false;
    spool.remove(stored);
    log.info({ stored: stored.length, ...spool.counts() }, "brought home from the spool");
    return spool.counts().waiting > 0;
  }

  function opened(row: SpooledRow): { row: SpooledRow; spooled: SpooledEvent | null; lane: string } {
    try {
      const spooled = openEvent(vault, row);
      return { row, spooled, lane: `${spooled.channel}\n${spooled.accountId}\n${personOf(spooled.event)}` };
    } catch {
      return { row, spooled: null, lane: `unreadable ${row.id}` };
    }
  }

  /** True where it is in Postgres now. */
  async function store(row: SpooledRow, spooled: SpooledEvent | null): Promise<boolean> {
    try {
      if (spooled === null) throw new Error("It does not open with the keys of this installation.");
      const { channel, accountId, event, arrival } = spooled;
      const account = await accounts.find(channel, accountId);
      if (account === null) throw new Error(`There is no account ${channel}/${accountId} any more.`);
      await takeEvent(account, event, { ...arrival, isSpooled: true });
      tries.delete(row.id);
      return true;
    } catch (error) {
      if (!isWeather(error)) countTry(row, error);
      return false;
    }
  }

  function countTry({ id }: SpooledRow, error: unknown): void {
    const count = (tries.get(id) ?? 0) + 1;
    tries.set(id, count);
    if (count < MOST_TRIES) return;
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
        (await round().catch((error: unknown) => {
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

function isWeather(error: unknown): boolean {
  return (error instanceof Problem && error.code === "unavailable") || isPostgresAway(error);
}
