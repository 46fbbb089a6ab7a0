import { createThreadPool } from "../../../../infra/runtime/thread-pool.ts";
import type { ParseInput, ParseResult } from "./parse-document.ts";

/** 20 MB of Markdown take about ten seconds of a free core, and a busy machine has less. A file that takes longer is built to take longer. */
const TIMEOUT_MS = 120_000;
/** The limit of the thread's heap does not include its buffers, such as the expanded parts of a PDF. */
const MAX_GROWTH = 1_200 * 1024 * 1024;
const WATCH_MS = 50;

/** Parses each document in a thread with limits of time and memory: a small file may expand a thousand times. */
export function createDocumentParser({ timeoutMs = TIMEOUT_MS, maxGrowth = MAX_GROWTH } = {}) {
  const pool = createThreadPool({
    file: new URL("parse-document.ts", import.meta.url),
    maxThreads: 1,
    timeoutMs,
  });
  return {
    async parse(input: ParseInput): Promise<ParseResult> {
      const memory = watchMemory(maxGrowth);
      try {
        return (await pool.run("parseDocument", input, memory.signal)) as ParseResult;
      } catch (error) {
        return { ok: false, reason: memory.signal.aborted ? TOO_LARGE : describeEnd(error, timeoutMs) };
      } finally {
        memory.stop();
      }
    },
    close: async () => await pool.close(),
  };
}

const TOO_LARGE = "needs too much memory to be read; split it";

/** Aborts when the process has grown by more than the limit. Only one document is parsed at a time. */
function watchMemory(maxGrowth: number) {
  const controller = new AbortController();
  const before = process.memoryUsage.rss();
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() - before > maxGrowth) controller.abort();
  }, WATCH_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}

function describeEnd(error: unknown, timeoutMs: number): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return TOO_LARGE;
  if (name === "AbortError" || name === "TimeoutError")
    return `takes longer than ${timeoutMs / 1_000} s to be read; split it, or save it with less formatting`;
  return "cannot be read, because its parser ended unexpectedly";
}
