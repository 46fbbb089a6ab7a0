import { createThreadPool } from "../../../../infra/runtime/thread-pool.ts";
import { parseDocument, type ParseInput, type ParseResult } from "./parse-document.ts";

/** Thousands of pages take a few seconds. A file that takes longer is built to take longer. */
const TIMEOUT_MS = 20_000;
/** A small text is parsed at once. A PDF may expand a thousand times. */
const INLINE_BYTES = 2_048;

/** Parses documents in a thread with limits of time and memory: nested marks make the parsers quadratic, and a PDF may contain gigabytes. */
export function createDocumentParser(timeoutMs = TIMEOUT_MS) {
  const pool = createThreadPool({
    file: new URL("parse-document.ts", import.meta.url),
    maxThreads: 1,
    timeoutMs,
  });
  return {
    async parse(input: ParseInput): Promise<ParseResult> {
      if (input.bytes.length <= INLINE_BYTES && input.extension !== ".pdf") return await parseDocument(input);
      try {
        return (await pool.run("parseDocument", input)) as ParseResult;
      } catch (error) {
        return { ok: false, reason: describeEnd(error, timeoutMs) };
      }
    },
    close: async () => await pool.close(),
  };
}

function describeEnd(error: unknown, timeoutMs: number): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return "needs more than 512 MB to be read; split it";
  if (name === "AbortError" || name === "TimeoutError")
    return `takes longer than ${timeoutMs / 1_000} s to be read; split it, or save it with less formatting`;
  return "cannot be read, because its parser ended unexpectedly";
}
