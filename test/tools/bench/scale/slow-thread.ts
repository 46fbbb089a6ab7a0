import { subscribe } from "node:diagnostics_channel";
import { existsSync, readFileSync } from "node:fs";
import { asyncLocalStorage } from "@temporalio/activity";

/*
 * `node --import`: lets a benchmark slow the one thread of the ingress or of a worker. The thread sleeps, so it uses no core, and only this
 * station is slower. A message blocks the ingress once, with its request, and the worker once, in `screen`.
 */

/** The times of a message in ms, in the file that BENCH_SLOW_FILE names. */
export interface ThreadDelays {
  ingress: number;
  worker: number;
}

const REREAD_MS = 200;
const file = process.env["BENCH_SLOW_FILE"] ?? "";
let delays: ThreadDelays = { ingress: 0, worker: 0 };
setInterval(() => {
  // The folder of the benchmark may be gone before this process.
  if (existsSync(file)) delays = JSON.parse(readFileSync(file, "utf8")) as ThreadDelays;
}, REREAD_MS).unref();

const sleeper = new Int32Array(new SharedArrayBuffer(4));
function block(ms: number): void {
  if (ms > 0) Atomics.wait(sleeper, 0, 0, ms);
}

subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: { method?: string } };
  if (request.method === "POST") block(delays.ingress);
});

const storage = asyncLocalStorage;
const run = storage.run.bind(storage) as (store: unknown, work: () => unknown) => unknown;
storage.run = (store: { info: { activityType: string } }, work: () => unknown) => {
  if (store.info.activityType === "screen") block(delays.worker);
  return run(store, work);
};
