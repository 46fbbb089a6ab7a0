import { type Command, Option } from "commander";
import type { WorkerQueue } from "../../../activities/worker/worker.ts";
import { loadProcessConfig } from "../load-process-config.ts";
import { createLog } from "../../runtime/log.ts";
import { requireServers } from "../tasks/require-servers.ts";
import { runUntilSignal } from "../run-until-signal.ts";

/** All of `WorkerQueue`, named here so that `parley --help` does not load the worker and its native module. */
const QUEUES: readonly WorkerQueue[] = ["main", "model", "delivery", "batch"];

export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .description("Runs workflows and activities. Without --queue it serves all task queues.")
    .addOption(new Option("--queue <queue...>", "serve these task queues only").choices(QUEUES))
    .action(async ({ queue: queues = QUEUES }: { queue?: readonly WorkerQueue[] }) => {
      const config = loadProcessConfig();
      await requireServers(config);
      const log = createLog({ level: config.LOG_LEVEL, name: "parley-worker" });
      const { startWorker } = await import("../../../activities/worker/worker.ts");
      const worker = await startWorker({ config, log, queues });
      const { watchConfiguration } = await import("../tasks/watch-configuration.ts");
      const watch = watchConfiguration(config, { reports: worker.reports, roles: queues });
      await runUntilSignal([watch, worker], { graceMs: config.SHUTDOWN_GRACE_MS, log });
    });
}
