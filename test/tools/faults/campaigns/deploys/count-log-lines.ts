import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a process of ours says when everything it had begun was finished at its end. */
export const GRACEFUL_END_MESSAGE = "ended in order";
/** What a worker says when it takes tasks. */
export const WORKER_RUNNING_MESSAGE = "worker runs";

/** How often a process has said this in its log, over all its restarts. */
export function countLogLines(dataDir: string, name: string, message: string): number {
  const text = readFileSync(join(dataDir, "logs", `${name}.log`), "utf8");
  return text.split("\n").filter((line) => line.includes(`"msg":"${message}"`)).length;
}
