import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Counts the log lines with this message, over all restarts of a process. */
export function countLogLines(dataDir: string, name: string, message: string): number {
  const text = readFileSync(join(dataDir, "logs", `${name}.log`), "utf8");
  return text.split("\n").filter((line) => line.includes(`"msg":"${message}"`)).length;
}
