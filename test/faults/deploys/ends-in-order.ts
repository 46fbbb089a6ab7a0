import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How often a process of ours has said that everything it had begun was finished when it ended. */
export function endsInOrder(dataDir: string, name: string): number {
  const text = readFileSync(join(dataDir, "logs", `${name}.log`), "utf8");
  return text.split("\n").filter((line) => line.includes('"ended in order"')).length;
}
