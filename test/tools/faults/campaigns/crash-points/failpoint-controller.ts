import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arrivalsIn, type FailpointOrder } from "../../../../../infra/runtime/failpoint.ts";

export interface ArmedFailpoint {
  /** How many have arrived at the point, as they wrote themselves before anything else happened. */
  arrivals(): number;
  /** False once the order was taken away, by the process that killed itself or by us. */
  isArmed(): boolean;
  /** Takes the order away: whoever is held goes on. */
  release(): void;
}

/** Where the harness orders what happens at crash points. Each process has a folder of its own, so a point is armed in one of them. */
export function createFailpointController() {
  const folder = mkdtempSync(join(tmpdir(), "parley-failpoints-"));
  let orders = 0;
  return {
    /** What the process of that name is told when it is started. */
    envOf(process: string): Record<string, string> {
      const own = join(folder, process);
      mkdirSync(own, { recursive: true });
      return { PARLEY_FAILPOINT: own };
    },
    arm(process: string, order: Omit<FailpointOrder, "log">): ArmedFailpoint {
      const armed = join(folder, process, "armed");
      const log = join(folder, `order-${(orders += 1)}.log`);
      // Put there whole: a process may look at any moment.
      writeFileSync(`${armed}.new`, JSON.stringify({ ...order, log }));
      renameSync(`${armed}.new`, armed);
      return {
        arrivals: () => arrivalsIn(log).length,
        isArmed: () => existsSync(armed),
        release: () => rmSync(armed, { force: true }),
      };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type FailpointController = ReturnType<typeof createFailpointController>;
