import { existsSync } from "node:fs";

/** Reads `.env` of the current folder. Variables that are set keep their values. False if the file does not exist. */
export function loadEnvFile(path = ".env"): boolean {
  if (!existsSync(path)) return false;
  process.loadEnvFile(path);
  return true;
}
