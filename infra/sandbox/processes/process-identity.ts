import { readFileSync } from "node:fs";

/** Identifies a process. The system reuses process ids, so the start time (clock ticks since boot) is a part of it. */
export interface ProcessIdentity {
  pid: number;
  start: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, start: startOf(pid) ?? "" };
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  const now = startOf(pid);
  return now !== null && now === start;
}

/** Signals the process and its process group, if it is still the same process. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  // A negative id is a group. A process that leads no group is signalled alone.
  for (const target of [-identity.pid, identity.pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // It ended before the signal.
    }
  }
}

/**
 * Field 22 of /proc/PID/stat. The fields are counted after the command's name, which may contain spaces. A zombie counts as ended when its
 * last thread has ended: until then it keeps its ports. Without /proc, only whether it is alive.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const threads = Number(fields[17]);
    return fields[0] === "Z" && threads <= 1 ? null : (fields[19] ?? "");
  } catch {
    return process.platform === "linux" ? null : aliveWithoutProc(pid);
  }
}

function aliveWithoutProc(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return "";
  } catch {
    return null;
  }
}
