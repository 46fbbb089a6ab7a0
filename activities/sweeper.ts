import type { Client } from "@temporalio/client";
import { LRUCache } from "lru-cache";
import pg from "pg";
import type { Database } from "../db/postgres.ts";
import { giveUpTurn } from "../db/give-up-turn.ts";
import {
  countRestart,
  heldTurn,
  longHolders,
  type RestartedTurn,
  type Stray,
  unclaimedMessages,
} from "../db/sweeps.ts";
import type { Log } from "../infra/runtime/log.ts";
import { startWorkflow, type WorkflowStart } from "../infra/runtime/start-workflow.ts";
import { WORKFLOW_TYPE } from "../workflows/names.ts";
import { createWalk } from "./create-walk.ts";
import { createSweepEvents } from "./sweep-events.ts";
import { createSweepOldRows } from "./sweep-old-rows.ts";
import { type RunState, stateOfRun } from "./state-of-run.ts";
import { createSweepOutbound, type LostStart } from "./sweep-outbound.ts";

export interface SweeperDependencies {
  db: Database;
  databaseUrl: string;
  temporal: Client;
  taskQueue: string;
  log: Log;
}

const INTERVAL_MS = 1_000;
/** A workflow is normally there a few milliseconds after its row; after this long it is worth a question. */
const UNCLAIMED_AFTER_MS = 3_000;
const HELD_AFTER_MS = 10_000;
/** Questions a round: each is one call to Temporal. */
const BATCH = 200;
/** A workflow that was found running is not asked about again for this long. */
const ASK_AGAIN_MS = 10_000;
/** A turn that was started again this often ends as failed: it would fail for ever. */
const MAX_RESTARTS = 5;
/** One whose tasks fail or end the process: each run has taken down with it what stood beside it, so there are fewer. */
const MAX_STUCK_RESTARTS = 1;
const START_TIMEOUT_MS = 5_000;
const LOCK = "parley:sweeper";
/**
 * A process that hangs, or whose machine is gone without a word, would hold the lock for hours: the database ends a connection that
 * is silent for this long. Whoever sweeps says a word far more often.
 */
const SILENT_AFTER_MS = 8_000;
const WORD_EVERY_MS = 2_000;

/**
 * Brings back what a crash left behind: stored messages whose workflow was never started (or whose Temporal was lost), and turns
 * whose holder is closed. It asks Temporal by workflow id, never by a visibility query, which may lag. One sweeper
 * works at a time, by an advisory lock on a connection of its own.
 */
export function createSweeper({ db, databaseUrl, temporal, taskQueue, log }: SweeperDependencies) {
  const running = new LRUCache<string, true>({ max: 50_000, ttl: ASK_AGAIN_MS });
  const unclaimed = createWalk((request) => unclaimedMessages(db, request), {
    olderThanMs: UNCLAIMED_AFTER_MS,
    limit: BATCH,
  });
  const holders = createWalk((request) => longHolders(db, request), {
    olderThanMs: HELD_AFTER_MS,
    limit: BATCH,
  });
  const sweepOutbound = createSweepOutbound(db);
  const sweepEvents = createSweepEvents({ db, temporal, taskQueue });
  const sweepOldRows = createSweepOldRows(db);
  let stopped = false;
  let loop: Promise<void> | null = null;

  /** True where there is more to do at once. */
  async function sweep(): Promise<boolean> {
    await sweepOldRows();
    for (const stray of await unclaimed()) await revive(stray);
    for (const stray of await holders()) await reviveHolder(stray);
    for (const lost of await sweepOutbound()) await reviveOutbound(lost);
    return await sweepEvents();
  }

  async function revive(stray: Stray): Promise<void> {
    const state = await look(stray);
    if (state !== "running") await startAgain(stray, state);
  }

  /** What is there already needs nothing; nor does anything need to be started by a process that is ending. */
  async function look({ workflowId }: { workflowId: string }): Promise<RunState> {
    if (stopped || running.has(workflowId)) return "running";
    const state = await stateOfRun(temporal, workflowId);
    if (state === "running") running.set(workflowId, true);
    return state;
  }

  async function reviveOutbound({ turn, ...lost }: LostStart): Promise<void> {
    const state = await look(lost);
    if (state === "running" || (await isPoison(turn, state))) return;
    await begin({ ...lost, searchAttributes: { TenantId: lost.tenantId }, replaces: state === "stuck" });
    if (turn !== undefined) await countRestart(db, turn.turnId);
  }

  async function startAgain(stray: Stray, state: RunState): Promise<void> {
    const { channel, accountId, providerMessageId, tenantId, conversationId, workflowId } = stray;
    await begin({
      workflowType: WORKFLOW_TYPE,
      workflowId,
      input: { channel, accountId, providerMessageId, tenantId },
      searchAttributes: { TenantId: tenantId, Channel: channel, ConversationId: conversationId },
      replaces: state === "stuck",
    });
  }

  async function begin(
    start: Pick<WorkflowStart, "workflowType" | "workflowId" | "input" | "searchAttributes" | "replaces">,
  ): Promise<void> {
    await startWorkflow(temporal, {
      ...start,
      taskQueue,
      startDelayMs: 0,
      eager: false,
      again: true,
      timeoutMs: START_TIMEOUT_MS,
      summary: "· started again by the sweeper",
    });
    log.info({ workflowId: start.workflowId }, "sweeper started a workflow");
  }

  /** The holder's own id is started again: it finds its turn open and goes on where the stores say. */
  async function reviveHolder(stray: Stray): Promise<void> {
    const state = await look(stray);
    if (state === "running") return;
    const turn = (await heldTurn(db, stray.conversationId)) ?? undefined;
    const isGivenUp = await isPoison(turn, state);
    await startAgain(stray, state);
    if (turn !== undefined && !isGivenUp) await countRestart(db, turn.turnId);
  }

  /** A turn that was started too often is given up; its conversation goes on with what waits behind it. */
  async function isPoison(turn: RestartedTurn | undefined, state: RunState): Promise<boolean> {
    if (turn === undefined || turn.restarts < (state === "stuck" ? MAX_STUCK_RESTARTS : MAX_RESTARTS))
      return false;
    const { turnId } = turn;
    const reason = state === "stuck" ? "poison:stuck" : "poison:restarts";
    await giveUpTurn(db, { turnId, reason });
    log.error({ turnId, reason }, "a turn failed too often and is a dead letter now");
    return true;
  }

  /** Holds the lock for as long as its connection lives; without it another process is sweeping. */
  async function sweepWithLock(): Promise<void> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: "parley-sweeper",
      connectionTimeoutMillis: 1_500,
      query_timeout: SILENT_AFTER_MS,
      options: `-c idle_session_timeout=${SILENT_AFTER_MS}`,
    });
    client.on("error", () => undefined);
    const word = setInterval(() => void client.query("SELECT 1").catch(() => undefined), WORD_EVERY_MS);
    try {
      await client.connect();
      for (;;) {
        const { rows } = await client.query<{ locked: boolean }>(
          "SELECT pg_try_advisory_lock(hashtext($1)) AS locked",
          [LOCK],
        );
        while (rows[0]?.locked === true && !stopped) {
          const more = await sweep();
          await client.query("SELECT 1");
          if (!more) await pause();
        }
        if (stopped) return;
        await pause();
      }
    } finally {
      clearInterval(word);
      await client.end().catch(() => undefined);
    }
  }

  const pause = () => new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));

  return {
    start(): void {
      loop = (async () => {
        while (!stopped) {
          await sweepWithLock().catch((error: unknown) => log.warn({ err: error }, "sweep put off"));
          if (!stopped) await pause();
        }
      })();
    },
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}
