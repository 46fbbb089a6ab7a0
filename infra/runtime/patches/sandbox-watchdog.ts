import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

/*
 * The thread that watches calls into workflow code. A call that is the same at six checks in a row is an endless loop: its thread can do
 * nothing else any more, so the whole process ends and another one takes its work over. Checks are counted, not time: a process that was
 * stopped for a minute, or a clock that jumped, is no endless loop.
 */
const CHECK_INTERVAL_MS = 1_000;
/** The SDK's own limit is five seconds. */
const MAX_CHECKS = 6;
const STDERR = 2;

const current = workerData as Int32Array;
let last = 0;
let checks = 0;
setInterval(() => {
  const call = current[0] ?? 0;
  checks = call !== 0 && call === last ? checks + 1 : 1;
  last = call;
  if (call === 0 || checks < MAX_CHECKS) return;
  writeSync(STDERR, "Workflow code did not return within its time limit: the process ends.\n");
  process.kill(process.pid, "SIGKILL");
}, CHECK_INTERVAL_MS);
