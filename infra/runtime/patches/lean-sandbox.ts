import v8 from "node:v8";
import vm from "node:vm";
import { Worker } from "node:worker_threads";
import { SCOPE_SWITCH } from "./scope-switch.ts";

/*
 * What the SDK does around workflow code costs more than the workflow itself. With `debugMode` it runs that code in the thread of the
 * worker instead of one of its own, which saves some forty messages between threads for each message of a person; and here:
 *
 * - every call into the sandbox has a time limit, for which Node starts and joins a watchdog thread, some thirty times a message. Each
 *   call notes in shared memory that it goes on instead, and one thread looks at that (`sandbox-watchdog.ts`);
 * - every promise made in workflow code gets a stack trace, for the `__stack_trace` query;
 * - every switch between two runs saves and compares all globals (`scope-switch.ts`).
 *
 * docs/decisions/0002-lean-workflow-sandbox.md has the figures and what is given up.
 */

const WATCHDOG = new URL("./sandbox-watchdog.ts", import.meta.url);
let isInstalled = false;

/** Makes the sandboxes that this process creates from now on lean. Workflow code that never comes back ends the process. */
export function installLeanSandbox(): void {
  if (isInstalled) return;
  isInstalled = true;
  // The SDK takes this as a runtime without promise hooks and goes on without traces, after one line on the console.
  v8.promiseHooks.createHook = () => {
    throw new Error("promise hooks are off");
  };
  const warn = console.warn;
  console.warn = (...details: unknown[]) => {
    if (!String(details[0]).startsWith("v8.promiseHooks.createHook")) warn(...details);
  };
  const runInContext = vm.runInContext;
  vm.runInContext = (code, context, options) =>
    runInContext(code.includes("const __TEMPORAL_CALL_INTO_SCOPE =") ? SCOPE_SWITCH : code, context, options);
  patchRunInContext();
}

function patchRunInContext(): void {
  const calls = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let watched = false;
  let count = 0;
  const runInContext = vm.Script.prototype.runInContext;
  vm.Script.prototype.runInContext = function run(context, options) {
    if (typeof options !== "object" || options.timeout === undefined)
      return runInContext.call(this, context, options);
    watched ||= startWatchdog(calls);
    const { timeout: _timeout, ...rest } = options;
    const outer = calls[0] ?? 0;
    if (outer === 0) calls[0] = count = (count % MAX_COUNT) + 1;
    try {
      return runInContext.call(this, context, rest) as unknown;
    } finally {
      calls[0] = outer;
    }
  };
}

const MAX_COUNT = 2 ** 31 - 1;

/** The thread ends with the process; nobody waits for it. */
function startWatchdog(calls: Int32Array): true {
  new Worker(WATCHDOG, { workerData: calls, execArgv: [], stdin: false }).unref();
  return true;
}
