import { Connection } from "@temporalio/client";
import { listAlerts } from "../../../db/health/alerts.ts";
import type { Config } from "../../runtime/config/config.ts";
import { countWorkers, listPollers } from "../../runtime/temporal/queue-pollers.ts";
import { temporalConnectionOptions, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import { type Check, DOCTOR_CONNECTION, type Finding } from "./check.ts";
import { usePostgres } from "../tasks/use-postgres.ts";

const CONNECT_MS = 2_000;
const ALL_MS = 2_700;

/** Checks that each task queue has a worker. Without one the messages are stored, and are not answered. */
export function createWorkersCheck(config: Config): Check {
  const settings = temporalSettings(config);
  return {
    name: "Workers",
    fix: "Start Temporal first, or correct TEMPORAL_ADDRESS: it knows the workers.",
    async run() {
      const connection = Connection.lazy({
        ...temporalConnectionOptions(settings),
        connectTimeout: CONNECT_MS,
      });
      try {
        const scope = { namespace: settings.namespace, taskQueue: config.PARLEY_TASK_QUEUE };
        const work = async () => await listPollers(connection.workflowService, scope);
        await connection.ensureConnected();
        return assess(countWorkers(await connection.withDeadline(Date.now() + ALL_MS, work)));
      } finally {
        await connection.close();
      }
    },
  };
}

function assess(workers: ReturnType<typeof countWorkers>): Finding {
  const counts = Object.entries(workers).map(([queue, count]) => `${queue} ${count}`);
  const detail = `Worker processes by queue: ${counts.join(", ")}.`;
  const missing = Object.entries(workers).flatMap(([queue, count]) => (count === 0 ? [queue] : []));
  if (missing.length === 0) return { state: "ok", version: null, detail, fix: null };
  const fix = `Run \`parley worker --queue ${missing.join(" ")}\`. Until then the work of these queues waits.`;
  // The batch queue only rebuilds the index.
  const state = missing.some((queue) => queue !== "batch") ? "missing" : "degraded";
  return { state, version: null, detail, fix };
}

/** Shows the alerts of the workers. */
export function createAlertsCheck(config: Config): Check {
  return {
    name: "Alerts",
    fix: "Start PostgreSQL and run `parley migrate` first.",
    async run() {
      const alerts = await usePostgres(config, DOCTOR_CONNECTION, listAlerts);
      if (alerts.length === 0)
        return { state: "ok", version: null, detail: "The workers report no problem.", fix: null };
      const details = alerts.map(
        ({ name, detail, since }) => `${name} since ${since.toISOString()}: ${detail}`,
      );
      const fix = "Follow each alert. It ends by itself within 15 minutes after its cause.";
      return { state: "degraded", version: null, detail: details.join(" "), fix };
    },
  };
}
