import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import type { FaultSandbox } from "../open-fault-sandbox.ts";
import { NotRun } from "../not-run.ts";

type Where = Pick<FaultSandbox, "dataDir" | "sandbox">;

const SIDE_FILES = ["-wal", "-shm"];

/** Copies the database of Temporal while it is in use, like a nightly backup. Returns the path of the copy. */
export async function backUpTemporal({ dataDir }: Where): Promise<string> {
  const path = fileOf(dataDir);
  if (!existsSync(path)) throw new NotRun("Temporal does not keep its state in a file of this sandbox");
  const copy = `${path}.backup`;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    await backup(database, copy);
  } finally {
    database.close();
  }
  return copy;
}

/** Kills the server and starts it on an older copy of its state, or without data when there is no copy. */
export async function restoreTemporal({ dataDir, sandbox }: Where, copy: string | null): Promise<void> {
  await sandbox.end("temporal", "SIGKILL");
  const path = fileOf(dataDir);
  for (const suffix of ["", ...SIDE_FILES]) rmSync(`${path}${suffix}`, { force: true });
  if (copy !== null) copyFileSync(copy, path);
  await sandbox.restart("temporal");
}

function fileOf(dataDir: string): string {
  return join(dataDir, "temporal.db");
}
