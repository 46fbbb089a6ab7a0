import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

/*
 * The thread that watches over workflow code. A call that goes on at this many looks in a row is an endless loop: the thread it runs in
 * can do nothing any more, so the whole process ends and another takes over. Looks are counted and not time: a process that was halted
 * for a minute, or a clock that jumped, is no endless loop.
 */
const CHECK_INTERVAL_MS = 1_000;
/** The SDK's own limit is five seconds. */
const MAX_CHECKS = 6;
const STDERR = 2;

const calls = workerData as Int32Array;
let last = 0;
let checks = 0;
setInterval(() => {
  const call = calls[0] ?? 0;
  checks = call !== 0 && call === last ? checks + 1 : 1;
  last = call;
  if (call === 0 || checks < MAX_CHECKS) return;
  writeSync(STDERR, "Workflow code did not come back within its limit: ending the process.\n");
  process.kill(process.pid, "SIGKILL");
}, CHECK_INTERVAL_MS);
