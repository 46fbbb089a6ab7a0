import type { Client } from "@temporalio/client";
import { LRUCache } from "lru-cache";
import pg from "pg";
import type { Database } from "../../db/connection/postgres.ts";
import { failTurn } from "../../db/turns/fail-turn.ts";
import {
  countRestart,
  findRunningTurn,
  findLongRunningTurns,
  type RestartedTurn,
  type UnstartedMessage,
  findUnstartedMessages,
} from "../../db/turns/unstarted-messages.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { createWorkflowStarter, type MissedWorkflow } from "../../infra/runtime/temporal/workflow-starter.ts";
import { WORKFLOW_TYPE } from "../../workflows/names.ts";
import { createCursor } from "./cursor.ts";
import { createSweepEvents } from "./sweep-events.ts";
import { createSweepOldRows } from "./sweep-old-rows.ts";
import { type RunState, fetchRunState } from "./run-state.ts";
import { createSweepOutbound, type MissedStart } from "./sweep-outbound.ts";

export interface SweeperDependencies {
  db: Database;
  databaseUrl: string;
  temporal: Client;
  taskQueue: string;
  log: Log;
}

const INTERVAL_MS = 1_000;
/** A workflow is normally there a few milliseconds after its row; after this long it is worth a question. */
const UNSTARTED_AFTER_MS = 3_000;
const ORPHANED_AFTER_MS = 10_000;
/** Questions a round: each is one call to Temporal. */
const BATCH = 200;
/** A workflow that was found running is not asked about again for this long. */
const RECHECK_AFTER_MS = 10_000;
/** A turn that was started again this often ends as failed: it would fail for ever. */
const MAX_RESTARTS = 5;
/** One whose tasks fail or end the process: each run has taken down with it what stood beside it, so there are fewer. */
const MAX_STUCK_RESTARTS = 1;
const LOCK = "parley:sweeper";
/**
 * A process that hangs, or whose machine is gone without a word, would hold the lock for hours: the database ends a connection that
 * is silent for this long. Whoever sweeps says a word far more often.
 */
const IDLE_TIMEOUT_MS = 8_000;
const KEEP_ALIVE_MS = 2_000;

/**
 * Brings back what a crash left behind: stored messages whose workflow was never started (or whose Temporal was lost), and turns
 * whose holder is closed. It asks Temporal by workflow id, never by a visibility query, which may lag. One sweeper
 * works at a time, by an advisory lock on a connection of its own.
 */
export function createSweeper({ db, databaseUrl, temporal, taskQueue, log }: SweeperDependencies) {
  const starter = createWorkflowStarter({ temporal, taskQueue });
  const running = new LRUCache<string, true>({ max: 50_000, ttl: RECHECK_AFTER_MS });
  const listUnstarted = createCursor((request) => findUnstartedMessages(db, request), {
    olderThanMs: UNSTARTED_AFTER_MS,
    limit: BATCH,
  });
  const listTurnOwners = createCursor((request) => findLongRunningTurns(db, request), {
    olderThanMs: ORPHANED_AFTER_MS,
    limit: BATCH,
  });
  const sweepOutbound = createSweepOutbound(db);
  const sweepEvents = createSweepEvents({ db, temporal, starter });
  const sweepOldRows = createSweepOldRows(db);
  let stopped = false;
  let loop: Promise<void> | null = null;

  /** True where there is more to do at once. */
  async function sweep(): Promise<boolean> {
    await sweepOldRows();
    for (const message of await listUnstarted()) await restartUnstarted(message);
    for (const message of await listTurnOwners()) await restartOrphanedTurn(message);
    for (const missed of await sweepOutbound()) await startMissed(missed);
    return await sweepEvents();
  }

  async function restartUnstarted(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state !== "running") await restartMessage(message, state);
  }

  /** What is there already needs nothing; nor does anything need to be started by a process that is ending. */
  async function checkRun({ workflowId }: { workflowId: string }): Promise<RunState> {
    if (stopped || running.has(workflowId)) return "running";
    const state = await fetchRunState(temporal, workflowId);
    if (state === "running") running.set(workflowId, true);
    return state;
  }

  async function startMissed({ turn, ...missed }: MissedStart): Promise<void> {
    const state = await checkRun(missed);
    if (state === "running" || (await deadLetterIfPoison(turn, state))) return;
    await restart({
      ...missed,
      searchAttributes: { TenantId: missed.tenantId },
      terminateExisting: state === "stuck",
    });
    if (turn !== undefined) await countRestart(db, turn.turnId);
  }

  async function restartMessage(message: UnstartedMessage, state: RunState): Promise<void> {
    const { channel, accountId, providerMessageId, tenantId, conversationId, workflowId } = message;
    await restart({
      workflowType: WORKFLOW_TYPE,
      workflowId,
      input: { channel, accountId, providerMessageId, tenantId },
      searchAttributes: { TenantId: tenantId, Channel: channel, ConversationId: conversationId },
      terminateExisting: state === "stuck",
    });
  }

  async function restart(missed: MissedWorkflow): Promise<void> {
    await starter.restart(missed);
    log.info({ workflowId: missed.workflowId }, "sweeper started a workflow");
  }

  /** The holder's own id is started again: it finds its turn open and goes on where the stores say. */
  async function restartOrphanedTurn(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state === "running") return;
    const turn = (await findRunningTurn(db, message.conversationId)) ?? undefined;
    const isDeadLettered = await deadLetterIfPoison(turn, state);
    await restartMessage(message, state);
    if (turn !== undefined && !isDeadLettered) await countRestart(db, turn.turnId);
  }

  /** A turn that was started too often is given up; its conversation goes on with what waits behind it. */
  async function deadLetterIfPoison(turn: RestartedTurn | undefined, state: RunState): Promise<boolean> {
    if (turn === undefined || turn.restarts < (state === "stuck" ? MAX_STUCK_RESTARTS : MAX_RESTARTS))
      return false;
    const { turnId } = turn;
    const reason = state === "stuck" ? "poison:stuck" : "poison:restarts";
    await failTurn(db, { turnId, reason });
    log.error({ turnId, reason }, "a turn failed too often and is a dead letter now");
    return true;
  }

  /** Holds the lock for as long as its connection lives; without it another process is sweeping. */
  async function sweepWithLock(): Promise<void> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: "parley-sweeper",
      connectionTimeoutMillis: 1_500,
      query_timeout: IDLE_TIMEOUT_MS,
      options: `-c idle_session_timeout=${IDLE_TIMEOUT_MS}`,
    });
    client.on("error", () => undefined);
    const keepAlive = setInterval(() => void client.query("SELECT 1").catch(() => undefined), KEEP_ALIVE_MS);
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
          if (!more) await waitInterval();
        }
        if (stopped) return;
        await waitInterval();
      }
    } finally {
      clearInterval(keepAlive);
      await client.end().catch(() => undefined);
    }
  }

  const waitInterval = () => new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));

  return {
    start(): void {
      loop = (async () => {
        while (!stopped) {
          await sweepWithLock().catch((error: unknown) =>
            log.warn({ err: error }, "sweep failed and will be retried"),
          );
          if (!stopped) await waitInterval();
        }
      })();
    },
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}
