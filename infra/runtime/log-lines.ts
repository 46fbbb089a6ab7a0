import { writeSync } from "node:fs";

/**
 * The destination of log lines. A line that cannot be written (a full disk, a reader that has ended or does not read) is dropped and
 * counted, because a process must not stop or wait for its log. pino's own destination ends the process and tries without end to write.
 */
export function createLogLines(fd: number) {
  let dropped = 0;
  /** Only the beginning of the last line was written. */
  let isCut = false;

  /** True if the whole text was written. */
  function writeText(text: string): boolean {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written);
      isCut = false;
    } catch {
      // Not logged: this is the log. The next line that can be written counts the lost ones.
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
