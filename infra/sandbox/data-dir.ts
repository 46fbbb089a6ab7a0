import { join, resolve } from "node:path";

/** Where the sandbox keeps its data: `.parley` in the current folder, or `PARLEY_DATA_DIR`. */
export function demoDataDir(): string {
  return resolve(process.env["PARLEY_DATA_DIR"] ?? ".parley");
}

/** Settings of the running demo, for the other commands of the same folder. */
export function demoEnvFile(dataDir: string): string {
  return join(dataDir, "demo.env");
}
