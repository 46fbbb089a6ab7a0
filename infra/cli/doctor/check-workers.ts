import { Connection } from "@temporalio/client";
import { listAlerts } from "../../../db/health/alerts.ts";
import type { Config } from "../../runtime/config/config.ts";
import { toFault } from "../../runtime/faults/fault.ts";
import { countWorkers, listPollers } from "../../runtime/temporal/queue-pollers.ts";
import { temporalConnectionOptions, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import {
  CALLS_SHARE,
  type Check,
  CONNECT_SHARE,
  createMisconfiguration,
  type Finding,
  reportFaults,
  reportOk,
  toDoctorConnection,
} from "./check.ts";
import { usePostgres } from "../tasks/use-postgres.ts";

/** Checks that each task queue has a worker. Without one the messages are stored, and are not answered. */
export function createWorkersCheck(config: Config): Check {
  const settings = temporalSettings(config);
  return {
    name: "Workers",
    service: "workers",
    fix: "Start Temporal first, or correct TEMPORAL_ADDRESS: it knows the workers.",
    async run(_signal, limitMs) {
      const connection = Connection.lazy({
        ...temporalConnectionOptions(settings),
        connectTimeout: limitMs * CONNECT_SHARE,
      });
      try {
        const scope = { namespace: settings.namespace, taskQueue: config.PARLEY_TASK_QUEUE };
        const work = async () => await listPollers(connection.workflowService, scope);
        await connection.ensureConnected();
        return assess(countWorkers(await connection.withDeadline(Date.now() + limitMs * CALLS_SHARE, work)));
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
  if (missing.length === 0) return reportOk(detail);
  const fault = createMisconfiguration("workers", [
    "missing",
    detail,
    `Run \`parley worker --queue ${missing.join(" ")}\`, with the PARLEY_TASK_QUEUE of this process. Until then the work of these queues waits.`,
  ]);
  // The batch queue only rebuilds the index.
  return reportFaults([fault], {
    state: missing.some((queue) => queue !== "batch") ? "missing" : "degraded",
  });
}

/** Shows the alerts of the workers. */
export function createAlertsCheck(config: Config): Check {
  return {
    name: "Alerts",
    service: "postgres",
    fix: "Start PostgreSQL and run `parley migrate` first.",
    async run(_signal, limitMs) {
      const alerts = await usePostgres(config, toDoctorConnection(limitMs), listAlerts);
      if (alerts.length === 0) return reportOk("The workers report no problem.");
      const faults = alerts.map(({ name, detail, since }) =>
        toFault("workers", {
          kind: name.startsWith("configuration:") ? "configuration" : "defect",
          what: `alert.${name}`,
          cause: `${name} since ${since.toISOString()}: ${detail}`,
          fix: "Follow each alert. It ends by itself within 15 minutes after its cause.",
        }),
      );
      return reportFaults(faults, { state: "degraded" });
    },
  };
}
