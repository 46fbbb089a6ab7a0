import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arrivalsIn, type FailpointOrder } from "../../../../../infra/runtime/failpoint.ts";

export interface ArmedFailpoint {
  /** The number of arrivals at the point, as the processes have written them to disk. */
  arrivals(): number;
  /** False after the order was removed, by the process that killed itself or by `release`. */
  isArmed(): boolean;
  /** Removes the order: processes that wait at the point continue. */
  release(): void;
}

/** Gives orders to the failpoints. Each process has its own folder, so a point is armed in one process. */
export function createFailpointController() {
  const folder = mkdtempSync(join(tmpdir(), "parley-failpoints-"));
  let orders = 0;
  return {
    /** The settings with which the process of that name is started. */
    envOf(process: string): Record<string, string> {
      const own = join(folder, process);
      mkdirSync(own, { recursive: true });
      return { PARLEY_FAILPOINT: own };
    },
    arm(process: string, order: Omit<FailpointOrder, "log">): ArmedFailpoint {
      const armed = join(folder, process, "armed");
      const log = join(folder, `order-${(orders += 1)}.log`);
      // Renamed into place, because a process may read it at any time.
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
