import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/*
 * An append-only file of JSON lines. The operating system has an entry before `append` returns, so the entry survives a kill -9 of the
 * process. A power cut may lose the last entries, which is acceptable for a fake.
 */

export interface Journal {
  append(entry: unknown): void;
  close(): void;
}

/** Passes every entry of the file to `replay`, then appends. Without a file nothing is stored. */
export function openJournal(file: string | undefined, replay: (entry: unknown) => void): Journal {
  if (file === undefined) return { append: () => undefined, close: () => undefined };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replayFile(file, replay);
  const descriptor = openSync(file, "a", 0o600);
  return {
    append: (entry) => appendFileSync(descriptor, `${JSON.stringify(entry)}\n`),
    close: () => closeSync(descriptor),
  };
}

/** Replaces the file atomically, by fewer entries with the same result. */
export function rewriteJournal(file: string, entries: Iterable<unknown>): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, "", { mode: 0o600 });
  for (const entry of entries) appendFileSync(fresh, `${JSON.stringify(entry)}\n`);
  renameSync(fresh, file);
}

function replayFile(file: string, replay: (entry: unknown) => void): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  // The process was killed while it wrote a line without its end, so no caller got a response for it.
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) truncateSync(file, end);
  for (let start = 0, line = 1; start < end; line += 1) {
    const stop = bytes.indexOf("\n", start);
    replayLine(bytes.toString("utf8", start, stop), `${file}:${line}`, replay);
    start = stop + 1;
  }
}

function replayLine(text: string, place: string, replay: (entry: unknown) => void): void {
  try {
    replay(JSON.parse(text));
  } catch (error) {
    throw new Error(`${place} is not an entry of this fake: remove the line or the file.`, {
      cause: error,
    });
  }
}
