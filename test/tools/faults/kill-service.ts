import { identify, isAlive } from "../../../infra/sandbox/processes/process-identity.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";

/** kill -9. Returns how often it fell: none where the process had ended by itself, or would not end. */
export async function killService(sandbox: Pick<Sandbox, "end" | "pidOf">, name: string): Promise<number> {
  const pid = sandbox.pidOf(name);
  if (pid === null) return 0;
  const victim = identify(pid);
  // Of a process that is gone there is no moment at which it began.
  const wasAlive = victim.start !== "" && isAlive(victim);
  await sandbox.end(name, "SIGKILL");
  return wasAlive && !isAlive(victim) ? 1 : 0;
}
