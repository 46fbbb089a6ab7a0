import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotRun } from "../not-run.ts";
import { needRoot } from "./debian-packages.ts";

const ROOT = "/sys/fs/cgroup/memory";
/** Less than a working process allocates within a second. */
const ROOM_BYTES = 256 * 1024;

/** Limits the memory of a process to little more than it has. The kernel kills the process at the limit. */
export function limitMemory(pid: number): { kills(): number; close(): void } {
  needRoot("A memory limit");
  if (!existsSync(join(ROOT, "memory.limit_in_bytes")))
    throw new NotRun("this machine has no memory controller of cgroup v1");
  const group = join(ROOT, `parley-faults-${process.pid}-${pid}`);
  mkdirSync(group);
  writeFileSync(join(group, "memory.limit_in_bytes"), String(ROOM_BYTES));
  writeFileSync(join(group, "cgroup.procs"), String(pid));
  return {
    kills: () =>
      Number(/^oom_kill (\d+)/m.exec(readFileSync(join(group, "memory.oom_control"), "utf8"))?.[1] ?? 0),
    close: () => rmdirSync(group),
  };
}
