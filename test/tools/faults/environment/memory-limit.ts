import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotRun } from "../not-run.ts";
import { needRoot } from "./debian-packages.ts";

const ROOT = "/sys/fs/cgroup/memory";
/** Less than what a process takes anew within a moment of work. */
const ROOM_BYTES = 256 * 1024;

/** From now on a process may take a little more memory and is then killed by the kernel. Returns how to count that and clean up. */
export function limitMemory(pid: number): { kills(): number; close(): void } {
  needRoot("A limit of memory");
  if (!existsSync(join(ROOT, "memory.limit_in_bytes")))
    throw new NotRun("there is no memory controller of cgroup v1");
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
