import type { Command } from "commander";
import type { Config } from "../../runtime/config/config.ts";
import { loadProcessConfig } from "../load-process-config.ts";
import { createLog } from "../../runtime/log.ts";
import { requireServers } from "../tasks/require-servers.ts";
import { runUntilSignal } from "../run-until-signal.ts";

/** The server is loaded when the command runs, so `parley --help` does not load the worker and its native module. */
export function addApiCommand(program: Command): void {
  program
    .command("api")
    .description("Runs the ingress: accepts webhooks, stores the messages, starts workflows.")
    .option("--with-worker", "run the workers in this process too (small installs: saves a hop per message)")
    .action(async ({ withWorker = false }: { withWorker?: boolean }) => {
      const config = loadProcessConfig();
      await requireServers(config);
      const log = createLog({ level: config.LOG_LEVEL, name: "parley-api" });
      const { startApi } = await import("../../../api/server.ts");
      const worker = withWorker ? await startAllQueues(config, log) : null;
      const sharedClient = worker === null ? {} : { sharedClient: worker.temporal };
      const api = await startApi({ config, log, ...sharedClient });
      const codec = await startConfiguredCodecServer(config);
      const { watchConfiguration } = await import("../tasks/watch-configuration.ts");
      const roles = ["ingress", ...(worker === null ? [] : WORKER_ROLES)] as const;
      const watch = watchConfiguration(config, { reports: api.reports, roles });
      await runUntilSignal(
        [watch, api, worker, codec].filter((stoppable) => stoppable !== null),
        { graceMs: config.SHUTDOWN_GRACE_MS, log },
      );
    });
}

const WORKER_ROLES = ["main", "model", "delivery", "batch"] as const;

async function startAllQueues(config: Config, log: ReturnType<typeof createLog>) {
  const { startWorker, WORKER_QUEUES } = await import("../../../activities/worker/worker.ts");
  return await startWorker({ config, log, queues: WORKER_QUEUES });
}

/** With CODEC_SERVER_PORT, the Temporal UI of this machine can show the content of the histories. */
async function startConfiguredCodecServer(config: Config) {
  const { CODEC_SERVER_PORT: port, CODEC_SERVER_TOKEN: token } = config;
  if (port === undefined || token === undefined) return null;
  const { startCodecServer } = await import("../../runtime/temporal/codec-server.ts");
  return await startCodecServer({ port, token, keys: config.PARLEY_ENCRYPTION_KEYS });
}
