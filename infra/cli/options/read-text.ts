import { readFileSync } from "node:fs";

const STDIN = 0;

/** The text of a file; `-` is stdin. */
export function readText(path: string): string {
  return readFileSync(path === "-" ? STDIN : path, "utf8");
}
