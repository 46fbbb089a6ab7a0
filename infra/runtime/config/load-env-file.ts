import { existsSync } from "node:fs";

/** Reads `.env` of the current folder where there is one; variables that are already set win. */
export function loadEnvFile(path = ".env"): void {
  if (existsSync(path)) process.loadEnvFile(path);
}
