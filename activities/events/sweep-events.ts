import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import {
  claimLaterAttempts,
  claimOverdueAttempts,
  type ClaimedDelivery,
  unclaimDeliveries,
} from "../../db/events/claim-deliveries.ts";
import { bringForwardRecovered } from "../../db/events/endpoint-health.ts";
import type { StartableDelivery } from "../../db/events/event-deliveries.ts";
import { leaveLostToWorkflows } from "../../db/events/first-attempts.ts";
import { mapConcurrently } from "../../infra/runtime/map-concurrently.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { eventWorkflowId } from "../../workflows/names.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import { fetchRunState } from "../worker/run-state.ts";
import { ATTEMPT_LIMITS } from "./attempt-limits.ts";

export interface SweepEventsDependencies {
  db: Database;
  temporal: Client;
  starter: Pick<WorkflowStarter, "startEvent">;
}

/** The longest time for events in one round, so that the other work of the sweeper is not delayed. */
const ROUND_MS = 1_000;
const BATCH = 200;
/** Shows whether Temporal responds. Claimed rows count as attempts that run, so more of them could hold up first attempts. */
const PROBE = 1;
/** Concurrent starts: enough to hide the latency of Temporal, few enough to leave capacity for messages. */
const CONCURRENCY = 20;
/** An endpoint gets 15 s and an attempt 30 s; one that runs for longer may be lost. */
const OVERDUE_MS = 60_000;
/** After this time a fast endpoint has ended attempts, and its next events can be started. */
const REFILL_MS = 200;

/**
 * Starts a workflow for each attempt that is due after the first one, and restarts the workflows that were lost. First attempts whose process
 * was killed are continued in the same way.
 */
export function createSweepEvents({ db, temporal, starter }: SweepEventsDependencies) {
  /** True when more work is waiting. */
  return async function sweepEvents(): Promise<boolean> {
    const until = Date.now() + ROUND_MS;
    await leaveLostToWorkflows(db, { claimMs: TIME_LIMITS_MS.eventClaim, limit: BATCH });
    await restartAllOverdue();
    await bringForwardRecovered(db, BATCH);
    for (let rows = PROBE; ; rows = BATCH) {
      const due = await claimLaterAttempts(db, { ...ATTEMPT_LIMITS, rows });
      await startAll(due).catch((error: unknown) => {
        // One that fails at once may be a single bad row, and the others are tried too. Otherwise Temporal does not respond.
        if (rows !== PROBE || Date.now() >= until) throw error;
      });
      if (due.length === 0) return false;
      if (Date.now() >= until) return true;
      if (due.length < rows) await sleep(REFILL_MS);
    }
  };

  async function restartAllOverdue(): Promise<void> {
    for (const limit of [PROBE, BATCH]) {
      const overdue = await claimOverdueAttempts(db, { overdueMs: OVERDUE_MS, limit });
      await mapConcurrently(overdue, CONCURRENCY, restartOverdue);
      if (overdue.length < limit) return;
    }
  }

  /** A run that still exists belongs to the schedule before a re-send, so it is terminated. */
  async function startAll(due: readonly ClaimedDelivery[]): Promise<void> {
    const left = new Set(due);
    try {
      await mapConcurrently(due, CONCURRENCY, async (delivery) => {
        await start(delivery, { terminateExisting: true });
        left.delete(delivery);
      });
    } finally {
      if (left.size > 0) await unclaimDeliveries(db, [...left]);
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
