import type { Client } from "@temporalio/client";
import type { Database } from "../db/connection/postgres.ts";
import { type Alert, listAlerts } from "../db/health/alerts.ts";
import { oneAtATime } from "../infra/runtime/one-at-a-time.ts";
import { countWorkers, listPollers, type QueueName } from "../infra/runtime/temporal/queue-pollers.ts";

/** What the workers of the installation say. Null where the store that knows it is unavailable. */
export interface WorkersState {
  /** Worker processes by queue. */
  workers: Record<QueueName, number> | null;
  alerts: Alert[] | null;
}

export interface WatchWorkersDependencies {
  db: Database;
  temporal: Client;
  namespace: string;
  taskQueue: string;
}

/** A readiness check every second must not cost five requests. */
const KEEP_MS = 10_000;
/** A problem that ends is shown sooner. */
const KEEP_PROBLEM_MS = 1_000;

/** Asks Temporal for the workers of each queue and PostgreSQL for the alerts, at most every ten seconds. */
export function watchWorkers({ db, temporal, namespace, taskQueue }: WatchWorkersDependencies) {
  let state: WorkersState = { workers: null, alerts: null };
  let validUntil = 0;

  async function read(): Promise<void> {
    // Not logged: /readyz shows `unknown`, and the check of the same store its cause.
    const [pollers, alerts] = await Promise.all([
      listPollers(temporal.workflowService, { namespace, taskQueue }).catch(() => null),
      listAlerts(db).catch(() => null),
    ]);
    state = {
      workers: pollers === null ? null : countWorkers(pollers),
      alerts: alerts?.map(({ name, detail }) => ({ name, detail })) ?? null,
    };
    validUntil = Date.now() + (hasProblem(state) ? KEEP_PROBLEM_MS : KEEP_MS);
  }

  const reading = oneAtATime(read);

  return {
    /** The last state that was read, and a new one if that is old. The caller limits the time. */
    async read(): Promise<void> {
      if (Date.now() < validUntil) return;
      await reading.join();
    },
    state: (): WorkersState => state,
  };
}

export type WorkersWatch = ReturnType<typeof watchWorkers>;

function hasProblem({ workers, alerts }: WorkersState): boolean {
  return workers === null || Object.values(workers).includes(0) || alerts === null || alerts.length > 0;
}
