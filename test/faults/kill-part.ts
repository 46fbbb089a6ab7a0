import type { Stack } from "../../infra/dev/stack.ts";

/** kill -9. Returns how often it fell: none where the process had ended by itself, or would not end. */
export async function killPart(stack: Pick<Stack, "end" | "pidOf">, name: string): Promise<number> {
  const pid = stack.pidOf(name);
  const wasAlive = isAlive(pid);
  await stack.end(name, "SIGKILL");
  return wasAlive && !isAlive(pid) ? 1 : 0;
}

function isAlive(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
}
