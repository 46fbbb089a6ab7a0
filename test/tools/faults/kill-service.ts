import { identify, isAlive } from "../../../infra/sandbox/processes/process-identity.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";

/** kill -9. Returns 1 when the kill ended the process, and 0 when the process had already ended or still runs. */
export async function killService(sandbox: Pick<Sandbox, "end" | "pidOf">, name: string): Promise<number> {
  const pid = sandbox.pidOf(name);
  if (pid === null) return 0;
  const victim = identify(pid);
  // A process that has ended has no start time.
  const wasAlive = victim.start !== "" && isAlive(victim);
  await sandbox.end(name, "SIGKILL");
  return wasAlive && !isAlive(victim) ? 1 : 0;
}
