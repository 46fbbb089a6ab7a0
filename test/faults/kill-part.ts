import { identify, isAlive } from "../../infra/dev/process-identity.ts";
import type { Stack } from "../../infra/dev/stack.ts";

/** kill -9. Returns how often it fell: none where the process had ended by itself, or would not end. */
export async function killPart(stack: Pick<Stack, "end" | "pidOf">, name: string): Promise<number> {
  const pid = stack.pidOf(name);
  if (pid === null) return 0;
  const victim = identify(pid);
  // Of a process that is gone there is no moment at which it began.
  const wasAlive = victim.start !== "" && isAlive(victim);
  await stack.end(name, "SIGKILL");
  return wasAlive && !isAlive(victim) ? 1 : 0;
}
