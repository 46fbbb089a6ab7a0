import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The log message of a Parley process that finished its work before it ended. */
export const GRACEFUL_END_MESSAGE = "ended in order";
/** The log message of a worker that polls for tasks. */
export const WORKER_RUNNING_MESSAGE = "worker runs";

/** Counts the log lines with this message, over all restarts of a process. */
export function countLogLines(dataDir: string, name: string, message: string): number {
  const text = readFileSync(join(dataDir, "logs", `${name}.log`), "utf8");
  return text.split("\n").filter((line) => line.includes(`"msg":"${message}"`)).length;
}
