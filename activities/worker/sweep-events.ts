import type { Client } from "@temporalio/client";
import {
  claimOverdueDeliveries,
  claimWaitingDeliveries,
  unclaimDelivery,
  type StartableDelivery,
} from "../../db/events/event-deliveries.ts";
import { relayEvents } from "../../db/events/outgoing-events.ts";
import { mapConcurrently } from "../../infra/runtime/map-concurrently.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { eventWorkflowId } from "../../workflows/names.ts";
import { fetchRunState } from "./run-state.ts";

export interface SweepEventsDependencies {
  db: Database;
  temporal: Client;
  starter: Pick<WorkflowStarter, "startEvent">;
}

/** The longest time for events in one round, so that the other work of the sweeper is not delayed. */
const ROUND_MS = 1_000;
const BATCH = 200;
/** Concurrent starts: enough to hide the latency of Temporal, few enough to leave capacity for messages. */
const CONCURRENCY = 20;
/** A workflow makes its next attempt when its wait ends; one that is this late may be lost. */
const OVERDUE_MS = 60_000;

/** Assigns new events to endpoints, starts a workflow for each pair, and restarts the workflows that were lost. */
export function createSweepEvents({ db, temporal, starter }: SweepEventsDependencies) {
  /** True when more work is waiting. */
  return async function sweepEvents(): Promise<boolean> {
    const until = Date.now() + ROUND_MS;
    const overdue = await claimOverdueDeliveries(db, { overdueMs: OVERDUE_MS, limit: BATCH });
    await mapConcurrently(overdue, CONCURRENCY, restartOverdue);
    let more = true;
    while (more && Date.now() < until) {
      const relayed = await relayEvents(db, BATCH);
      const waiting = await claimWaitingDeliveries(db, BATCH);
      await startAll(waiting);
      more = relayed === BATCH || waiting.length === BATCH;
    }
    return more;
  };

  /** A run that still exists belongs to the schedule before a re-send, so it is terminated. */
  async function startAll(waiting: readonly StartableDelivery[]): Promise<void> {
    const left = new Set(waiting);
    try {
      await mapConcurrently(waiting, CONCURRENCY, async (delivery) => {
        await start(delivery, { terminateExisting: true });
        left.delete(delivery);
      });
    } finally {
      for (const delivery of left) await unclaimDelivery(db, delivery);
    }
  }

  async function restartOverdue(delivery: StartableDelivery): Promise<void> {
    const state = await fetchRunState(temporal, eventWorkflowId(delivery));
    if (state !== "running") await start(delivery, { terminateExisting: state === "stuck" });
  }

  async function start(
    { eventId, endpointId, tenantId }: StartableDelivery,
    options: { terminateExisting: boolean },
  ): Promise<void> {
    await starter.startEvent(tenantId, { eventId, endpointId }, options);
  }
}
