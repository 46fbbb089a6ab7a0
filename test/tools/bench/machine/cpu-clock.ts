import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in units of 10 ms. */
const MS_PER_TICK = 10;

/** CPU time of a process and its descendants, user and system, ms. */
export function cpuMs(pid: number): number {
  return descendants(pid).reduce((sum, each) => sum + ownCpuMs(each), 0);
}

/** CPU time of each thread of one process, ms. The work of one thread cannot use several cores. */
export function threadsCpuMs(pid: number): Map<string, number> {
  const folder = `/proc/${pid}/task`;
  const threads = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    threads.map((thread) => {
      const fields = statFields(`${pid}/task/${thread}`);
      return [thread, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * MS_PER_TICK];
    }),
  );
}

/** CPU time of the whole machine, ms. The part that is not from the benchmark disturbs every figure. */
export function machineCpuMs(): number {
  const [, ...fields] = (readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "").split(/ +/).map(Number);
  // user, nice, system, (idle, iowait,) irq, softirq, steal.
  return [0, 1, 2, 5, 6, 7].reduce((sum, i) => sum + (fields[i] ?? 0), 0) * MS_PER_TICK;
}

function ownCpuMs(pid: number): number {
  const fields = statFields(pid);
  // Fields 14 to 17: the time of the process, and of its ended children.
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0) * MS_PER_TICK;
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statFields(Number(name))[1] ?? 0));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** The fields after the name of the command, which may contain spaces and brackets. */
function statFields(pid: number | string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
