import { startWorker, WORKER_QUEUES } from "../../../../../activities/worker/worker.ts";
import { runUntilSignal } from "../../../../../infra/cli/run-until-signal.ts";
import { loadConfig } from "../../../../../infra/runtime/config/config.ts";
import { createLog } from "../../../../../infra/runtime/log.ts";

/** `parley worker` with changed workflow code, as the next release would have. The argument is the entry file of that code. */
const config = loadConfig();
const log = createLog({ level: config.LOG_LEVEL, name: "parley-worker" });
const worker = await startWorker({ config, log, queues: WORKER_QUEUES, workflows: process.argv[2] ?? "" });
await runUntilSignal([worker], { graceMs: config.SHUTDOWN_GRACE_MS, log });
