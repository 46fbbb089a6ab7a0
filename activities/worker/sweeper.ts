import { setTimeout as sleep } from "node:timers/promises";
import type { Cursor } from "../../db/connection/page.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { bringRecoveredForward, findDueEarlyParts } from "../../db/delivery/bring-forward.ts";
import { handBackIdleVendorTakeovers } from "../../db/conversations/takeover.ts";
import {
  findLongRunningTurns,
  findUnstartedMessages,
  markIdleOwners,
} from "../../db/turns/unstarted-messages.ts";
import { createWorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { type Chore, createRunChores } from "./chores.ts";
import { createHousekeeping } from "./housekeeping.ts";
import { createReplayPoison } from "./replay-poison.ts";
import { createRestartWorkflows, type RestartDependencies } from "./restart-workflows.ts";
import { createCheckedRuns, createScan, type Scan } from "./scan.ts";
import type { FirstAttempts } from "../events/first-attempts.ts";
import { createSweepEvents } from "../events/sweep-events.ts";
import { createOutboundLists, type ListedStart } from "./sweep-outbound.ts";
import { createSweeperLock } from "./sweeper-lock.ts";
import { wakeWorkflow } from "./wake-workflow.ts";

export interface SweeperDependencies extends Pick<RestartDependencies, "db" | "temporal" | "log" | "build"> {
  databaseUrl: string;
  vault: Vault;
  /** The `PARLEY_TASK_QUEUE` setting. */
  taskQueue: string;
  firstAttempts: FirstAttempts;
}

const INTERVAL_MS = 1_000;
/** A workflow starts a few milliseconds after its row is written; after this long its start may be lost. */
const UNSTARTED_AFTER_MS = 3_000;
const ORPHANED_AFTER_MS = 10_000;
const IDLE_OWNERS = { everyMs: 60_000, batch: 1_000 };
/** A workflow whose own wait ends at this time begins its attempt by itself. */
const WAKE_AFTER_MS = 300;
/** An agent who has not written in the vendor's inbox for this long has finished. */
const VENDOR_TAKEOVER_IDLE_MS = 12 * 3_600_000;
const VENDOR_TAKEOVER_BATCH = 100;

/**
 * Repeats what a crash or an outage has lost: starts of workflows for stored messages, turns whose owner is closed, outbound turns,
 * repairs, handoffs and outgoing events. It wakes replies that were brought forward. It makes the first attempts at outgoing events, hands back
 * conversations that an agent took over in the vendor's inbox and left, and does the housekeeping. One process sweeps at a time.
 */
export function createSweeper(dependencies: SweeperDependencies) {
  const { databaseUrl, db, log, firstAttempts } = dependencies;
  let stopped = false;
  let hasLock = false;
  let loops: Promise<unknown> = Promise.resolve();
  const runFirstAttempts = createRunChores([toChore("first_attempts", firstAttempts.run)], { db, log });
  const runChores = createRunChores(
    createChores(dependencies, () => stopped),
    { db, log, isStopped: () => stopped },
  );

  /** Sweeps whenever this process has the lock, until the process stops or the lock's connection fails. */
  async function sweepWithLock(): Promise<void> {
    const lock = createSweeperLock(databaseUrl);
    try {
      await lock.open();
      while (!stopped) {
        hasLock = await lock.acquire();
        const more = hasLock && (await runChores());
        if (!more && !stopped) await sleep(INTERVAL_MS);
      }
    } finally {
      hasLock = false;
      await lock.close();
    }
  }

  /** Not one of the chores: an outage of Temporal, which delays them, must not delay events. */
  async function keepPosting(): Promise<void> {
    while (!stopped) {
      const more = hasLock && (await runFirstAttempts());
      if (!stopped) await firstAttempts.pause(more);
    }
  }

  async function keepSweeping(): Promise<void> {
    while (!stopped) {
      await sweepWithLock().catch((error: unknown) =>
        log.warn({ err: error }, "the sweeper lost its lock and will acquire it again"),
      );
      if (!stopped) await sleep(INTERVAL_MS);
    }
  }

  return {
    start(): void {
      loops = Promise.all([keepSweeping(), keepPosting()]);
    },
    /** Posts of events that have begun get this time for their end. */
    async stop(graceMs: number): Promise<void> {
      stopped = true;
      await Promise.all([loops, firstAttempts.stop(graceMs)]);
      // Those of a round that was under way.
      await firstAttempts.stop(0);
    },
  };
}

/** What contacts wait for comes first. */
function createChores(
  { db, vault, temporal, taskQueue, log, build }: SweeperDependencies,
  isStopped: () => boolean,
): Chore[] {
  const starter = createWorkflowStarter({ temporal, taskQueue });
  const restart = createRestartWorkflows({ db, temporal, starter, log, build, isStopped });
  const checked = createCheckedRuns();
  const scan = <Row extends Cursor & { workflowId: string }>(
    name: string,
    given: Omit<Scan<Row>, "workflowIdOf">,
  ) => {
    const workflowIdOf = ({ workflowId }: Row) => workflowId;
    return toChore(name, createScan({ ...given, workflowIdOf }, { checked, log }));
  };
  const outbound = Object.entries(createOutboundLists(db, build)).map(([name, list]) =>
    scan<ListedStart>(name, { list, olderThanMs: UNSTARTED_AFTER_MS, check: restart.restartOutbound }),
  );
  return [
    scan("unstarted_messages", {
      list: async (request) => await findUnstartedMessages(db, request),
      olderThanMs: UNSTARTED_AFTER_MS,
      check: restart.restartMessage,
    }),
    scan("orphaned_turns", {
      list: async (request) => await findLongRunningTurns(db, request),
      olderThanMs: ORPHANED_AFTER_MS,
      check: restart.restartOrphanedTurn,
    }),
    { ...toChore("idle_owners", createMarkIdleOwners({ db, log })), everyMs: IDLE_OWNERS.everyMs },
    ...outbound,
    {
      ...toChore("recovered_accounts", async () => {
        await bringRecoveredForward(db);
        return false;
      }),
      everyMs: INTERVAL_MS,
    },
    toChore(
      "early_attempts",
      createScan(
        {
          list: async (request) => await findDueEarlyParts(db, request),
          olderThanMs: WAKE_AFTER_MS,
          workflowIdOf: ({ workflowId }) => workflowId,
          check: async ({ workflowId }) => await wakeWorkflow(temporal, workflowId),
        },
        { checked: createCheckedRuns(), log },
      ),
    ),
    toChore("outgoing_events", createSweepEvents({ db, temporal, starter })),
    toChore("vendor_takeovers", async () => {
      const limit = VENDOR_TAKEOVER_BATCH;
      return (await handBackIdleVendorTakeovers(db, { idleMs: VENDOR_TAKEOVER_IDLE_MS, limit })) === limit;
    }),
    createReplayPoison({ db, vault, build, log }),
    ...createHousekeeping(db),
  ];
}

/** Continues with the next page until all messages that wait were seen. */
function createMarkIdleOwners({ db, log }: Pick<SweeperDependencies, "db" | "log">): () => Promise<boolean> {
  let cursor: Cursor | null = null;
  return async function markNextPage(): Promise<boolean> {
    const request = { olderThanMs: ORPHANED_AFTER_MS, limit: IDLE_OWNERS.batch, keysetBefore: cursor };
    const { marked, next } = await markIdleOwners(db, request);
    if (marked.length > 0)
      log.warn({ workflowIds: marked }, "turn owners had no turn and were in no list of the sweeper");
    cursor = next;
    return cursor !== null;
  };
}

const toChore = (name: string, run: () => Promise<boolean>): Chore => ({
  name,
  everyMs: 0,
  retryMs: INTERVAL_MS,
  run,
});
