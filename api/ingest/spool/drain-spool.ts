import { setTimeout as sleep } from "node:timers/promises";
import type { Spool, SpooledRow } from "../../../db/inbound/spool.ts";
import { findSqlState, isStoreError } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { createLogRarely } from "../../../infra/runtime/log-rarely.ts";
import type { AccountDirectory } from "../../account-directory.ts";
import { isUnavailable } from "../../problem.ts";
import type { IngestEvent } from "../ingest-event.ts";
import { createInlineSpooled, type InlineSpooledDependencies } from "./inline-spooled.ts";
import { forEachPartition } from "../partitions.ts";
import { openEvent } from "./spooled-event.ts";

export interface DrainSpoolDependencies {
  spool: Spool;
  vault: Vault;
  findAccount: AccountDirectory["findVerified"];
  /** The one without a spool: an entry must not return into the spool. */
  ingestEvent: IngestEvent;
  starter: InlineSpooledDependencies["starter"];
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

interface Round {
  stored: number;
  /** Postgres responds to no statement, so each further entry would fail after a wait of its own. */
  isOver: boolean;
}

/** One pass over the entries without urgency, in several rounds. */
interface OrdinaryPass {
  after: number;
  /** Partitions with an entry that waits for the store. Their later entries must not overtake it. */
  stuck: Set<string>;
}

/** A STOP in the spool is not stored yet, so the pause is short. Only a process with entries touches Postgres. */
const PAUSE_MS = 250;
/** Entries that are read together. They are removed together, so they share one sync of the disk. */
const BATCH = 200;
const RETRY_REFUSED_MS = 60_000;
const REFUSED_SLICE = 20;

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
  starter,
  log,
  retryRefusedMs = RETRY_REFUSED_MS,
}: DrainSpoolDependencies) {
  const stopping = new AbortController();
  const logRarely = createLogRarely(log, "error");
  let pass: RefusedPass = { after: 0, beginsAt: -Infinity, failure: null };
  const ordinary: OrdinaryPass = { after: 0, stuck: new Set() };
  const inlineSpooled = createInlineSpooled({ spool, vault, starter, log, signal: stopping.signal });
  let loop: Promise<void> | null = null;

  /** True if the next round can follow at once. All urgent entries, then a part of the others: none of them can hide another one. */
  async function drainRound(): Promise<boolean> {
    const round: Round = { stored: 0, isOver: false };
    await storeUrgent(round);
    if (!round.isOver) await storeOrdinary(round);
    if (round.isOver) startOrdinaryPass();
    if (round.stored === 0) return false;
    log.info({ stored: round.stored, ...spool.counts() }, "moved entries of the spool into Postgres");
    return spool.counts().waiting > 0;
  }

  async function storeUrgent(round: Round): Promise<void> {
    const stuck = new Set<string>();
    for (let after = 0, isEnd = false; !isEnd && !round.isOver;) {
      const rows = spool.waiting("urgent", { after, limit: BATCH });
      await storeRows(rows, stuck, round);
      isEnd = rows.length < BATCH;
      after = rows.at(-1)?.id ?? after;
    }
    for (const partition of stuck) ordinary.stuck.add(partition);
  }

  async function storeOrdinary(round: Round): Promise<void> {
    const rows = spool.waiting("ordinary", { after: ordinary.after, limit: BATCH });
    await storeRows(rows, ordinary.stuck, round);
    ordinary.after = rows.at(-1)?.id ?? ordinary.after;
    if (rows.length < BATCH) startOrdinaryPass();
  }

  function startOrdinaryPass(): void {
    ordinary.after = 0;
    ordinary.stuck.clear();
  }

  async function storeRows(rows: readonly SpooledRow[], stuck: Set<string>, round: Round): Promise<void> {
    const stored: number[] = [];
    await forEachPartition(rows, partitionOf, async (partition) => {
      for (const row of partition) {
        if (round.isOver || stopping.signal.aborted || stuck.has(partitionOf(row))) return;
        const failure = await store(row);
        if (failure === null) stored.push(row.id);
        else if (!isStoreFailure(failure)) refuse(row, failure);
        else {
          logRarely(failure, "Postgres does not accept the entries of the spool", spool.counts());
          stuck.add(partitionOf(row));
          round.isOver ||= isOutage(failure);
        }
      }
    });
    round.isOver ||= stopping.signal.aborted;
    round.stored += stored.length;
    if (stored.length > 0) spool.remove(stored);
  }

  /** Null if Postgres has it, else the cause. */
  async function store(row: SpooledRow): Promise<Error | null> {
    try {
      const { channel, accountId, event, context } = openEvent(vault, row);
      const account = await findAccount(channel, accountId);
      if (account === null || account.tenantId !== row.tenantId)
        throw new Error(`The account ${channel}/${accountId} no longer exists.`);
      await ingestEvent(account, event, context);
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

  /** Continues the pass over the refused entries, in slices: a STOP that arrives must not wait for thousands of tries. */
  async function storeRefused(): Promise<void> {
    if (spool.counts().refused === 0 || performance.now() < pass.beginsAt) return;
    const limit = spool.counts().waiting > 0 ? 1 : REFUSED_SLICE;
    const rows = spool.refused({ after: pass.after, limit });
    const stored: number[] = [];
    let isEnd = rows.length < limit;
    for (const row of rows) {
      if (stopping.signal.aborted) break;
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
    const more = spool.counts().waiting > 0 && (await drainRound());
    if (spool.counts().waiting > 0) await inlineSpooled();
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

/** Postgres responds to no statement: it cannot be reached, it starts or stops, or it accepts no connection. Else one statement fails. */
function isOutage(error: Error): boolean {
  const state = findSqlState(error);
  return state === null || /^(08|57P|53300)/.test(state);
}

/** Entries of an earlier release have no partition. */
function partitionOf({ id, partition }: SpooledRow): string {
  return partition === "" ? `entry ${id}` : partition;
}
