import type { Client } from "@temporalio/client";
import {
  claimOverdueDeliveries,
  claimWaitingDeliveries,
  putBackDelivery,
  type StartableDelivery,
} from "../db/event-deliveries.ts";
import { deleteOldEvents, relayEvents } from "../db/outgoing-events.ts";
import type { Database } from "../db/postgres.ts";
import { startWorkflow } from "../infra/runtime/start-workflow.ts";
import { EVENT_WORKFLOW, eventWorkflowId } from "../workflows/names.ts";
import { stateOfRun } from "./state-of-run.ts";

export interface SweepEventsDependencies {
  db: Database;
  temporal: Client;
  taskQueue: string;
}

/** A burst is drained for so long in one round; then the sweeper's other work has its turn. */
const ROUND_MS = 1_000;
const BATCH = 200;
/** Starts on their way to Temporal at once: enough to fill the wait for it, few enough to leave it to others. */
const SIDE_BY_SIDE = 20;
const START_TIMEOUT_MS = 5_000;
/** A workflow is back within its wait; one that is this late may have been lost. */
const OVERDUE_MS = 60_000;
const RETENTION_MS = 30 * 24 * 3_600_000;
const CLEAN_EVERY_MS = 3_600_000;

/** Gives waiting events to their endpoints, starts a workflow for each pair, and starts again what was lost. */
export function createSweepEvents({ db, temporal, taskQueue }: SweepEventsDependencies) {
  let cleanAt = 0;

  /** True where there is more to do at once. */
  return async function sweepEvents(): Promise<boolean> {
    const until = Date.now() + ROUND_MS;
    const lost = await claimOverdueDeliveries(db, { overdueMs: OVERDUE_MS, limit: BATCH });
    await sideBySide(lost, revive);
    let more = true;
    while (more && Date.now() < until) {
      const relayed = await relayEvents(db, BATCH);
      const waiting = await claimWaitingDeliveries(db, BATCH);
      await beginAll(waiting);
      more = relayed === BATCH || waiting.length === BATCH;
    }
    return more || (await clean());
  };

  /** A run that is still there belongs to the round before a re-send, and ends. */
  async function beginAll(waiting: readonly StartableDelivery[]): Promise<void> {
    const left = new Set(waiting);
    try {
      await sideBySide(waiting, async (delivery) => {
        await start(delivery, { replaces: true });
        left.delete(delivery);
      });
    } finally {
      for (const delivery of left) await putBackDelivery(db, delivery);
    }
  }

  async function revive(delivery: StartableDelivery): Promise<void> {
    const state = await stateOfRun(temporal, eventWorkflowId(delivery));
    if (state !== "running") await start(delivery, { replaces: state === "stuck" });
  }

  async function start(
    { eventId, endpointId, tenantId }: StartableDelivery,
    { replaces }: { replaces: boolean },
  ): Promise<void> {
    await startWorkflow(temporal, {
      workflowType: EVENT_WORKFLOW,
      workflowId: eventWorkflowId({ eventId, endpointId }),
      taskQueue,
      input: { eventId, endpointId },
      searchAttributes: { TenantId: tenantId },
      summary: "· outgoing event",
      startDelayMs: 0,
      eager: false,
      again: true,
      replaces,
      behindMessages: true,
      timeoutMs: START_TIMEOUT_MS,
    });
  }

  /** One small batch a round, and none for an hour once there is no more. */
  async function clean(): Promise<boolean> {
    if (Date.now() < cleanAt) return false;
    const deleted = await deleteOldEvents(db, { olderThanMs: RETENTION_MS, limit: BATCH });
    if (deleted === BATCH) return true;
    cleanAt = Date.now() + CLEAN_EVERY_MS;
    return false;
  }
}

/** Takes no further one once one has failed: Temporal is away for all of them. */
async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const errors: unknown[] = [];
  const worker = async () => {
    for (const item of rest) {
      await work(item).catch((error: unknown) => errors.push(error));
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  if (errors.length > 0) throw errors[0];
}
