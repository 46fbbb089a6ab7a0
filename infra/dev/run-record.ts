import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { StackError } from "./stack-error.ts";

interface Record {
  launcher: ProcessIdentity;
  children: (ProcessIdentity & { name: string })[];
}

/** `run.json` in the data folder: who runs on it. It keeps a second launcher out and lets the next one clean up after a crash. */
export function openRunRecord(dataDir: string, onLeftover: (name: string) => void) {
  const path = join(dataDir, "run.json");
  const record: Record = { launcher: identify(process.pid), children: [] };
  claim(path, onLeftover);
  const save = () => writeFileSync(path, JSON.stringify(record, null, 2));
  save();
  return {
    add(name: string, pid: number): void {
      record.children.push({ name, ...identify(pid) });
      save();
    },
    remove(pid: number): void {
      record.children = record.children.filter((child) => child.pid !== pid);
      save();
    },
    close: () => rmSync(path, { force: true }),
  };
}

function claim(path: string, onLeftover: (name: string) => void): void {
  const earlier = readRecord(path);
  if (earlier === null) return;
  if (isAlive(earlier.launcher)) {
    throw new StackError(
      `Another Parley stack (process ${earlier.launcher.pid}) is running on this data folder: end it with Ctrl-C in its terminal, or set PARLEY_DATA_DIR to another folder.`,
    );
  }
  for (const child of earlier.children.filter(isAlive)) {
    onLeftover(child.name);
    signalProcess(child, "SIGKILL");
  }
}

function readRecord(path: string): Record | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record;
  } catch {
    // Half written by a launcher that was killed just then: it had started nothing yet that is not guarded.
    return null;
  }
}
