import { Worker } from "node:worker_threads";

const WATCHDOG = new URL("./sandbox-watchdog.ts", import.meta.url);
const MAX_COUNT = 2 ** 31 - 1;

/** Shared with the watchdog: 0 while no workflow code runs, else the number of the call that runs. */
const current = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
let count = 0;
let isWatched = false;

/** A call into the sandbox begins; the watchdog watches it until the returned function is called. */
export function beginSandboxCall(): () => void {
  if (!isWatched) startWatchdog();
  isWatched = true;
  const outer = current[0] ?? 0;
  if (outer === 0) current[0] = count = (count % MAX_COUNT) + 1;
  return () => {
    current[0] = outer;
  };
}

/** Lets the watchdog watch a call into the sandbox: its synchronous part, which alone can block the thread. */
export function guardSandboxCall<Result>(call: () => Result): Result {
  const end = beginSandboxCall();
  try {
    return call();
  } finally {
    end();
  }
}

/** The functions of a workflow's module, each of which calls into the sandbox. */
export function guardModule<Module extends object>(module: Module): Module {
  return new Proxy(module, {
    get(target, name) {
      const call = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => guardSandboxCall(() => call(...given));
    },
  });
}

/** The thread does not keep the process alive. */
function startWatchdog(): void {
  new Worker(WATCHDOG, { workerData: current, execArgv: [], stdin: false }).unref();
}
