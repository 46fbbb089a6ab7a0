import { setTimeout as pause } from "node:timers/promises";
import { readdirSync, readFileSync } from "node:fs";

export interface FrozenProcess {
  /** The number of processes that the kernel reports as stopped. */
  stopped: number;
  /** The processes continue where they stopped. */
  thaw(): void;
}

const STOP_WITHIN_MS = 2_000;

/**
 * Stops a process and its descendants, like a machine that hangs: connections stay open, locks stay held, and no request gets a response.
 * The parent is stopped first, so that it starts no more children.
 */
export async function freeze(pid: number): Promise<FrozenProcess> {
  process.kill(pid, "SIGSTOP");
  const family = [pid, ...descendantsOf(pid)];
  for (const member of family.slice(1)) signal(member, "SIGSTOP");
  const thaw = () => {
    for (const member of family.toReversed()) signal(member, "SIGCONT");
  };
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (!family.every(isStoppedOrGone) && Date.now() < deadline) await pause(20);
  return { stopped: family.filter(isStopped).length, thaw };
}

export function descendantsOf(pid: number): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .map(Number)
      .filter(Number.isInteger)
      .map((each) => [each, parentOf(each)]),
  );
  const found: number[] = [];
  for (let next = [pid]; next.length > 0;) {
    next = [...parents].filter(([, parent]) => next.includes(parent)).map(([child]) => child);
    found.push(...next);
  }
  return found;
}

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1] ?? -1);
}

function isStopped(pid: number): boolean {
  return fieldsOf(pid)[0] === "T";
}

function isStoppedOrGone(pid: number): boolean {
  const [state] = fieldsOf(pid);
  return state === undefined || state === "T" || state === "Z";
}

/** The fields of `stat` from the state on. The name of the command before them may contain spaces. */
function fieldsOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has ended.
  }
}
