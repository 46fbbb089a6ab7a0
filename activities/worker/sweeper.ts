import { setTimeout as sleep } from "node:timers/promises";
import { findLongRunningTurns, findUnstartedMessages } from "../../db/turns/unstarted-messages.ts";
import { createWorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { createCursor } from "./cursor.ts";
import { createRestartWorkflows, type RestartDependencies } from "./restart-workflows.ts";
import { createSweepEvents } from "./sweep-events.ts";
import { createSweepOldRows } from "./sweep-old-rows.ts";
import { createSweepOutbound } from "./sweep-outbound.ts";
import { createSweeperLock } from "./sweeper-lock.ts";

export interface SweeperDependencies extends Pick<RestartDependencies, "db" | "temporal" | "log"> {
  databaseUrl: string;
  /** The `PARLEY_TASK_QUEUE` setting. */
  taskQueue: string;
}

const INTERVAL_MS = 1_000;
/** A workflow starts a few milliseconds after its row is written; after this long its start may be lost. */
const UNSTARTED_AFTER_MS = 3_000;
const ORPHANED_AFTER_MS = 10_000;
/** Rows of each kind in one round: each may cost one call to Temporal. */
const BATCH = 200;

/**
 * Repeats what a crash or an outage has lost: starts of workflows for stored messages, turns whose owner is closed, outbound turns,
 * repairs, handoffs and outgoing events. One process sweeps at a time.
 */
export function createSweeper({ db, databaseUrl, temporal, taskQueue, log }: SweeperDependencies) {
  let stopped = false;
  let loop: Promise<void> | null = null;
  const starter = createWorkflowStarter({ temporal, taskQueue });
  const restart = createRestartWorkflows({ db, temporal, starter, log, isStopped: () => stopped });
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

  /** True when more work is waiting. */
  async function sweep(): Promise<boolean> {
    await sweepOldRows();
    for (const message of await listUnstarted()) await restart.restartMessage(message);
    for (const message of await listTurnOwners()) await restart.restartOrphanedTurn(message);
    for (const missed of await sweepOutbound()) await restart.restartOutbound(missed);
    return await sweepEvents();
  }

  /** Sweeps whenever this process has the lock, until the process stops or the lock's connection fails. */
  async function sweepWithLock(): Promise<void> {
    const lock = createSweeperLock(databaseUrl);
    try {
      await lock.open();
      while (!stopped) {
        const more = (await lock.acquire()) && (await sweep());
        if (!more && !stopped) await sleep(INTERVAL_MS);
      }
    } finally {
      await lock.close();
    }
  }

  async function keepSweeping(): Promise<void> {
    while (!stopped) {
      await sweepWithLock().catch((error: unknown) =>
        log.warn({ err: error }, "sweep failed and will be retried"),
      );
      if (!stopped) await sleep(INTERVAL_MS);
    }
  }

  return {
    start(): void {
      loop = keepSweeping();
    },
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}
