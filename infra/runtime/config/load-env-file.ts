import { existsSync } from "node:fs";

/** Reads `.env` of the current folder if it exists. Variables that are set keep their values. */
export function loadEnvFile(path = ".env"): void {
  if (existsSync(path)) process.loadEnvFile(path);
}
