import { Piscina } from "piscina";

export interface ThreadPoolOptions {
  /** The file whose exported functions are the tasks. */
  file: URL;
  maxThreads: number;
  /** A task that takes longer is ended together with its thread, ms. */
  timeoutMs: number;
}

/** Threads end after this time without work, because each holds tables of 50 MB and more. */
const IDLE_MS = 60_000;
/** A task that needs more ends its thread and not the process. */
const HEAP_MB = 512;

/** Threads for work that needs the CPU for longer than the event loop may be busy. They start with the first task. */
export function createThreadPool({ file, maxThreads, timeoutMs }: ThreadPoolOptions) {
  const pool = new Piscina({
    filename: file.href,
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  return {
    /** The signal ends a task together with its thread too. */
    async run(name: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
      const limit = AbortSignal.timeout(timeoutMs);
      const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
      return (await pool.run(input, { name, signal: either })) as unknown;
    },
    async close(): Promise<void> {
      await pool.destroy();
    },
  };
}

export type ThreadPool = ReturnType<typeof createThreadPool>;
