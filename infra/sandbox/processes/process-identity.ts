import { readFileSync } from "node:fs";

/** A process for sure: numbers are used again, so the moment of its start belongs to it (clock ticks since boot). */
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

/** Ends it, with what it started in its own process group, if it is still the same process. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  // Negative: the group. Who leads none is signalled alone.
  for (const target of [-identity.pid, identity.pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // It ended between the look and the signal.
    }
  }
}

/**
 * Field 22 of /proc/PID/stat, behind the command's name, which may hold spaces. A zombie counts as gone once its last thread is: until
 * then it still holds its ports. Without /proc: alive or not.
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
