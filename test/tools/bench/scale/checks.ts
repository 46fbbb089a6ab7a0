import type { Slowing } from "./slow-stations.ts";
import { computeSlowestMs, slowStation, type StationModel } from "./station-model.ts";

/** One station that is slowed by hand, and the model of the same slowing. */
export interface Check {
  name: string;
  slowing: Partial<Slowing>;
  model: StationModel;
}

/** A synced commit waits for this long in the check of the commits, ms. */
const COMMIT_MS = 5;

/** On a machine with other work a longer block of a thread would look like a stopped process. */
const SLOWEST_MS_MAX = 100;

/** Each station is slowed so far that it alone would be slower than all others are now; the slots by less, because there are many. */
export function listChecks(model: StationModel, { syncs }: { syncs: number }): Check[] {
  const slowest = Math.min(computeSlowestMs(model), SLOWEST_MS_MAX);
  const serversOf = (name: string) => model.stations.find((station) => station.name === name)?.servers ?? 1;
  const loops = Math.round(1.5 * slowest);
  const burnt = Math.round(slowest * serversOf("cores"));
  const locked = Math.round(2 * slowest);
  const waited = Math.round(8 * slowest);
  const wait = (extraMs: number): StationModel => ({ ...model, thinkMs: model.thinkMs + extraMs });
  return [
    { name: "none", slowing: {}, model },
    { name: "ingress", slowing: { ingress: loops }, model: slowStation(model, "ingress", loops) },
    { name: "worker", slowing: { worker: loops }, model: slowStation(model, "worker", loops) },
    { name: "cores", slowing: { cores: burnt }, model: slowStation(model, "cores", burnt) },
    // The reservation and the settlement lock a slot.
    { name: "slot", slowing: { slot: locked }, model: slowStation(model, "slot", 2 * locked) },
    { name: "model", slowing: { model: waited }, model: wait(waited) },
    // Commits at the same time share their wait, so it is no station.
    { name: "commit", slowing: { commit: COMMIT_MS }, model: wait(syncs * COMMIT_MS) },
  ];
}
