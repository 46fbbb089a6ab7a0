/** One request as it was received, and what its caller was told. */
export interface LogEntry {
  seq: number;
  time: string;
  method: string;
  path: string;
  host: string;
  query: Record<string, string>;
  /** The parsed body; `{ omittedBytes }` in place of a very large one. */
  body: unknown;
  /** The status; "cut": nothing, and it was not executed; "dropped": nothing, though it was executed. */
  told: number | "cut" | "dropped";
  /** The beginning of the answer's body. */
  answer: string | null;
  /** The answer was broken off after so many bytes of its body. */
  cutAfterBytes: number | null;
  /** Which item of the fault script did it, by its place in the script; null where none did. */
  fault: number | null;
}

const MAX_ENTRIES = 50_000;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_ANSWER_CHARACTERS = 8 * 1024;
/** Long prompts would otherwise fill gigabytes before the entries are 50,000. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

export interface NewLogEntry extends Omit<LogEntry, "seq" | "time"> {
  bodyBytes: number;
}

/** The recorded requests, oldest first. Full, it forgets the oldest; numbers are never used twice. */
export function createRequestLog() {
  let kept: { entry: LogEntry; bytes: number }[] = [];
  let totalBytes = 0;
  let seq = 0;
  const forgetOldest = () => {
    // A fifth at once: shifting a long list for every request would be slow.
    const gone = kept.splice(0, Math.ceil(kept.length / 5));
    totalBytes -= gone.reduce((sum, { bytes }) => sum + bytes, 0);
  };
  return {
    record({ bodyBytes, ...request }: NewLogEntry): void {
      const isLarge = bodyBytes > MAX_BODY_BYTES;
      const body = isLarge ? { omittedBytes: bodyBytes } : request.body;
      const answer = request.answer?.slice(0, MAX_ANSWER_CHARACTERS) ?? null;
      const bytes = (isLarge ? 0 : bodyBytes) + (answer?.length ?? 0);
      seq += 1;
      kept.push({ bytes, entry: { seq, time: new Date().toISOString(), ...request, body, answer } });
      totalBytes += bytes;
      if (kept.length > MAX_ENTRIES || totalBytes > MAX_TOTAL_BYTES) forgetOldest();
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
