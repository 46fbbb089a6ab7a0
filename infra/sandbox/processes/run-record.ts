import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { UserError } from "../../runtime/errors.ts";

/** After SIGKILL, a process of 1 GB released its port after 0.3 s. */
const GONE_WITHIN_MS = 5_000;

interface Record {
  launcher: ProcessIdentity;
  children: (ProcessIdentity & { name: string })[];
}

/** `run.json` in the data folder: its launcher and processes. It rejects a second launcher and lets the next one clean up after a crash. */
export function openRunRecord(dataDir: string, onLeftover: (name: string) => void) {
  const path = join(dataDir, "run.json");
  const record: Record = { launcher: identify(process.pid), children: [] };
  acquireRecord(path, onLeftover);
  // Replaced atomically: a second launcher may read at the same time.
  const save = () => {
    writeFileSync(`${path}.new`, JSON.stringify(record, null, 2));
    renameSync(`${path}.new`, path);
  };
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

function acquireRecord(path: string, onLeftover: (name: string) => void): void {
  const earlier = readRecord(path);
  if (earlier === null) return;
  if (isAlive(earlier.launcher)) {
    throw new UserError(
      `Another Parley sandbox (process ${earlier.launcher.pid}) is running on this data folder: end it with Ctrl-C in its terminal, or set PARLEY_DATA_DIR to another folder.`,
    );
  }
  const leftovers = earlier.children.filter(isAlive);
  for (const child of leftovers) {
    onLeftover(child.name);
    signalProcess(child, "SIGKILL");
  }
  // The new processes need their ports and files.
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (leftovers.some(isAlive) && Date.now() < deadline) sleep(20);
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function readRecord(path: string): Record | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record;
  } catch {
    // We did not write this file, so it names no process of ours.
    return null;
  }
}
