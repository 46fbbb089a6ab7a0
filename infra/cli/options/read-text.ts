import { readFileSync } from "node:fs";

const STDIN = 0;

/** A file's text; `-` is stdin. */
export function readText(path: string): string {
  return readFileSync(path === "-" ? STDIN : path, "utf8");
}
