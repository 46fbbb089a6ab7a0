import { writeSync } from "node:fs";

/**
 * Where log lines go. What cannot be written (a full disk, a reader that is gone or asleep) is dropped and counted: a log is never a
 * reason to stop or to wait. pino's own destination does both, it ends the process and then tries for ever to write its last words.
 */
export function createLogLines(fd: number) {
  let dropped = 0;
  /** A line of which only the beginning was written. */
  let isCut = false;

  /** True where all of it was written. */
  function writeText(text: string): boolean {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written);
      isCut = false;
    } catch {
      isCut ||= written > 0;
    }
    return written === bytes.length;
  }

  return {
    write(line: string): void {
      const before = `${isCut ? "\n" : ""}${dropped === 0 ? "" : formatDroppedLine(dropped)}`;
      if (before !== "" && !writeText(before)) dropped += 1;
      else dropped = writeText(line) ? 0 : 1;
    },
  };
}

function formatDroppedLine(dropped: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: "warn", time, msg: "log lines could not be written", dropped })}\n`;
}
