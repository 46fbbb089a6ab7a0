import { type Command, Option } from "commander";
import { loadConfig } from "../../runtime/config/config.ts";
import { createLog } from "../../runtime/log.ts";
import { runUntilSignal } from "../run-until-signal.ts";

const QUEUES = ["main", "model", "delivery", "batch"] as const;

/** The processes of an installation. They are loaded when asked for: `parley --help` needs no Temporal SDK. */
export function addServerCommands(program: Command): void {
  program
    .command("api")
    .description("Runs the ingress: takes webhooks, makes them durable, starts workflows.")
    .option("--with-worker", "run the workers in this process too (small installs: saves a hop per message)")
    .action(async ({ withWorker = false }: { withWorker?: boolean }) => {
      const config = loadConfig();
      const log = createLog({ level: config.LOG_LEVEL, name: "parley-api" });
      const { startApi } = await import("../../../api/server.ts");
      const worker = withWorker ? await startAllQueues(config, log) : null;
      const api = await startApi({
        config,
        log,
        ...(worker === null ? {} : { sharedClient: worker.temporal }),
      });
      const codec = await startConfiguredCodecServer(config);
      await runUntilSignal(
        [api, worker, codec].filter((stoppable) => stoppable !== null),
        {
          graceMs: config.SHUTDOWN_GRACE_MS,
          log,
        },
      );
    });

  program
    .command("worker")
    .description("Runs workflows and activities. Without --queue it serves all task queues.")
    .addOption(new Option("--queue <queue...>", "serve these task queues only").choices([...QUEUES]))
    .action(async ({ queue }: { queue?: (typeof QUEUES)[number][] }) => {
      const config = loadConfig();
      const log = createLog({ level: config.LOG_LEVEL, name: "parley-worker" });
      const { startWorker } = await import("../../../activities/worker/worker.ts");
      const worker = await startWorker({ config, log, queues: queue ?? QUEUES });
      await runUntilSignal([worker], { graceMs: config.SHUTDOWN_GRACE_MS, log });
    });
}

/** Only where a port is set: it lets an operator's Temporal UI read what the histories hold. */
async function startConfiguredCodecServer(config: ReturnType<typeof loadConfig>) {
  if (config.CODEC_SERVER_PORT === undefined) return null;
  const { startCodecServer } = await import("../../runtime/temporal/codec-server.ts");
  return await startCodecServer({ port: config.CODEC_SERVER_PORT, keys: config.PARLEY_ENCRYPTION_KEYS });
}

async function startAllQueues(config: ReturnType<typeof loadConfig>, log: ReturnType<typeof createLog>) {
  const { startWorker } = await import("../../../activities/worker/worker.ts");
  return await startWorker({ config, log, queues: QUEUES });
}
