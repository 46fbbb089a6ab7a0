import { join, resolve } from "node:path";

/** The folder with the data of the demo: `PARLEY_DATA_DIR`, or `.parley` in the current folder. */
export function demoDataDir(): string {
  return resolve(process.env["PARLEY_DATA_DIR"] ?? ".parley");
}

/** The settings of the running demo, for other commands in the same folder. */
export function demoEnvFile(dataDir: string): string {
  return join(dataDir, "demo.env");
}
