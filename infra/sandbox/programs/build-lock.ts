import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { identify, isAlive, type ProcessIdentity } from "../processes/process-identity.ts";

/** The time between the creation of the file and its content: far longer than any machine needs. */
const WRITTEN_WITHIN_MS = 2_000;

/** Allows one build at a time: a second one would only take CPU from the first. A lock of a dead process is taken over. */
export async function withBuildLock<T>(
  { path, onWait }: { path: string; onWait(): void },
  work: () => Promise<T>,
): Promise<T> {
  for (let hasNotified = false; !acquireLock(path);) {
    if (!hasNotified) onWait();
    hasNotified = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquireLock(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (isLocked(path)) return false;
    rmSync(path, { force: true });
    return acquireLock(path);
  }
}

function isLocked(path: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity);
  } catch {
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - made < WRITTEN_WITHIN_MS;
  }
}
