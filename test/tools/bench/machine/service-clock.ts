import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { cpuMs } from "./cpu-clock.ts";

/**
 * Starts a measurement. The returned function reads the CPU time of each service since then, ms. It throws for a service that was started
 * again: the time before its start is lost, so it would look cheap.
 */
export function watchServices(
  sandbox: Pick<Sandbox, "pidOf">,
  services: readonly string[],
): () => readonly number[] {
  const read = () =>
    services.map((service) => {
      const pid = sandbox.pidOf(service);
      if (pid === null) throw new Error(`${service} does not run, so its CPU time is unknown.`);
      return { pid, ms: cpuMs(pid) };
    });
  const before = read();
  return () =>
    read().map(({ pid, ms }, i) => {
      const earlier = before[i];
      if (earlier?.pid !== pid) throw new Error(`${services[i]} was started again during the measurement.`);
      return ms - earlier.ms;
    });
}
