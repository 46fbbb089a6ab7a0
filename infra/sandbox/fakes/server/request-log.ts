/** One request as it was received, with the response to it. */
export interface LogEntry {
  seq: number;
  time: string;
  method: string;
  path: string;
  /** The port of the caller's connection. It identifies the request in the log of the caller. */
  peerPort: number;
  host: string;
  query: Record<string, string>;
  /** The parsed body; `{ omittedBytes }` in place of a very large one. */
  body: unknown;
  /** The HTTP status. "cut": no response, not executed. "dropped": no response, but executed. */
  status: number | "cut" | "dropped";
  /** The first 8 KiB of the response's body. */
  responseBody: string | null;
  /** The response ended after so many bytes of its body. */
  cutAfterBytes: number | null;
  /** The position in the fault script of the item that fired; null if none fired. */
  fault: number | null;
}

const MAX_ENTRIES = 50_000;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_RESPONSE_CHARACTERS = 8 * 1024;
/** With long prompts, 50,000 entries would fill gigabytes. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

export interface NewLogEntry extends Omit<LogEntry, "seq" | "time"> {
  bodyBytes: number;
}

/** The recorded requests, oldest first. A full log drops its oldest entries; a number is never used twice. */
export function createRequestLog() {
  let kept: { entry: LogEntry; bytes: number }[] = [];
  let totalBytes = 0;
  let seq = 0;
  const dropOldest = () => {
    // A fifth at once: shifting a long list for every request would be slow.
    const gone = kept.splice(0, Math.ceil(kept.length / 5));
    totalBytes -= gone.reduce((sum, { bytes }) => sum + bytes, 0);
  };
  return {
    record({ bodyBytes, ...request }: NewLogEntry): void {
      const isLarge = bodyBytes > MAX_BODY_BYTES;
      const body = isLarge ? { omittedBytes: bodyBytes } : request.body;
      const responseBody = request.responseBody?.slice(0, MAX_RESPONSE_CHARACTERS) ?? null;
      const bytes = (isLarge ? 0 : bodyBytes) + (responseBody?.length ?? 0);
      seq += 1;
      kept.push({ bytes, entry: { seq, time: new Date().toISOString(), ...request, body, responseBody } });
      totalBytes += bytes;
      if (kept.length > MAX_ENTRIES || totalBytes > MAX_TOTAL_BYTES) dropOldest();
    },
    /** Entries with a number above `since`. */
    entries: (since = 0): LogEntry[] =>
      kept.filter(({ entry }) => entry.seq > since).map(({ entry }) => entry),
    lastSeq: (): number => seq,
    clear(): void {
      kept = [];
      totalBytes = 0;
    },
  };
}

export type RequestLog = ReturnType<typeof createRequestLog>;
