import type { StationSample } from "./measure-stations.ts";
import type { StationModel } from "./station-model.ts";

/** `db/tenants/budgets.ts` */
const BUDGET_SLOTS = 16;
/** The reservation and the settlement: each transaction holds its slot until its commit is on disk. */
const SLOT_LOCKS = 2;

export interface Machine {
  cores: number;
  workers: number;
}

/**
 * The stations from two measurements without any slowing: one message at a time, and many. The rest of the time of a message that is alone
 * is a wait that occupies nothing.
 */
export function buildModel(
  { alone, many }: { alone: StationSample; many: StationSample },
  { cores, workers }: Machine,
): StationModel {
  const stations = [
    { name: "ingress", demandMs: many.threadMs.ingress, servers: 1 },
    { name: "worker", demandMs: many.threadMs.worker, servers: workers },
    { name: "cores", demandMs: sum(many.cpu), servers: Math.max(0.1, cores - many.othersCores) },
    { name: "slot", demandMs: SLOT_LOCKS * many.commits.syncMs, servers: 1, copies: BUDGET_SLOTS },
  ];
  return { stations, thinkMs: Math.max(0, alone.latencyMs - computeOccupiedMs({ stations })) };
}

/** If it is more than the time of a message that is alone, work after the reply was counted as work before it. */
export function computeOccupiedMs({ stations }: Pick<StationModel, "stations">): number {
  return stations.reduce((total, { demandMs }) => total + demandMs, 0);
}

export function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
