import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * An append-only file of JSON lines, read again at the start. A line is written before the caller is answered, so what a stand-in
 * confirmed survives its own kill -9; a last line that was cut in the middle was never confirmed and is skipped.
 */
export function createJournal<Entry>(path: string | null) {
  const entries: Entry[] = path !== null && existsSync(path) ? readLines<Entry>(path) : [];
  if (path !== null) mkdirSync(dirname(path), { recursive: true });
  return {
    entries,
    append(entry: Entry): void {
      entries.push(entry);
      if (path !== null) appendFileSync(path, `${JSON.stringify(entry)}\n`);
    },
  };
}

function readLines<Entry>(path: string): Entry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as Entry];
      } catch {
        return [];
      }
    });
}
