import v8 from "node:v8";
import vm from "node:vm";
import { isMainThread, workerData } from "node:worker_threads";

/*
 * Loaded into the SDK's workflow threads before its own code. Two of its habits cost more than the workflow itself:
 *
 * - every call into the sandbox runs under a time limit, for which Node starts and joins a watchdog thread, some thirty
 *   times a message. Here each call notes when it began in shared memory instead, and the main thread watches that;
 * - every promise made in workflow code gets a stack trace, for the `__stack_trace` query.
 *
 * docs/decisions/0002-lean-workflow-sandbox.md has the figures and what is given up.
 */

interface Watched {
  parleySandboxBegan?: SharedArrayBuffer;
}

const began = (workerData as Watched | null)?.parleySandboxBegan;
if (!isMainThread && began !== undefined) {
  watchCalls(new Float64Array(began));
  // The SDK takes this as a runtime without promise hooks and goes on without traces, after one line on the console.
  v8.promiseHooks.createHook = () => {
    throw new Error("promise hooks are off");
  };
  const warn = console.warn;
  console.warn = (...details: unknown[]) => {
    if (!String(details[0]).startsWith("v8.promiseHooks.createHook")) warn(...details);
  };
}

function watchCalls(cell: Float64Array): void {
  const runInContext = vm.Script.prototype.runInContext;
  vm.Script.prototype.runInContext = function run(context, options) {
    if (typeof options !== "object" || options.timeout === undefined)
      return runInContext.call(this, context, options);
    const { timeout: _timeout, ...rest } = options;
    const outer = cell[0] ?? 0;
    cell[0] = outer === 0 ? Date.now() : outer;
    try {
      return runInContext.call(this, context, rest) as unknown;
    } finally {
      cell[0] = outer;
    }
  };
}
