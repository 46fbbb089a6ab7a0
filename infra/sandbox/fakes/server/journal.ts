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
 * A file of JSON lines that is only ever appended to. An entry is with the operating system before `append` returns, so
 * it outlives a kill -9 of the process; a power cut may lose the last ones, which a development server may.
 */

export interface Journal {
  append(entry: unknown): void;
  close(): void;
}

/** Gives every entry of the file to `replay`, then takes new ones. Without a file nothing is kept. */
export function openJournal(file: string | undefined, replay: (entry: unknown) => void): Journal {
  if (file === undefined) return { append: () => undefined, close: () => undefined };
  mkdirSync(dirname(file), { recursive: true });
  replayFile(file, replay);
  const descriptor = openSync(file, "a");
  return {
    append: (entry) => appendFileSync(descriptor, `${JSON.stringify(entry)}\n`),
    close: () => closeSync(descriptor),
  };
}

/** Puts a shorter telling of the same in the file's place, whole or not at all. */
export function rewriteJournal(file: string, entries: Iterable<unknown>): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, "");
  for (const entry of entries) appendFileSync(fresh, `${JSON.stringify(entry)}\n`);
  renameSync(fresh, file);
}

function replayFile(file: string, replay: (entry: unknown) => void): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  // A line without its end was being written when the process was killed: nobody was told that it was kept.
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
