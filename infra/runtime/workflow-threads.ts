import threads from "node:worker_threads";

/** The SDK's own limit for one call into workflow code. */
const LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const PRELOAD = new URL("./lean-sandbox.ts", import.meta.url).href;

/**
 * Makes threads started while `create` runs lean (see `lean-sandbox.ts`) and watches them: workflow code that does not come back
 * within the limit is an endless loop, and `onStuck` is called, which should end the process. Returns what `create` returns.
 */
export async function withLeanWorkflowThreads<T>(create: () => Promise<T>, onStuck: () => void): Promise<T> {
  const { Worker } = threads;
  // The SDK gives no way to pass options to its threads; it looks the class up each time it makes one.
  threads.Worker = class LeanWorker extends Worker {
    constructor(file: string | URL, options: threads.WorkerOptions = {}) {
      const parleySandboxBegan = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
      super(file, {
        ...options,
        execArgv: [...process.execArgv, "--import", PRELOAD],
        workerData: { parleySandboxBegan },
      });
      watch(this, new Float64Array(parleySandboxBegan), onStuck);
    }
  };
  try {
    return await create();
  } finally {
    threads.Worker = Worker;
  }
}

function watch(thread: threads.Worker, began: Float64Array, onStuck: () => void): void {
  const timer = setInterval(() => {
    const since = began[0] ?? 0;
    if (since !== 0 && Date.now() - since > LIMIT_MS) onStuck();
  }, LOOK_EVERY_MS);
  timer.unref();
  thread.once("exit", () => clearInterval(timer));
}
