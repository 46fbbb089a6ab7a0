import { expectedPlace, readPlaceOf } from "./ledger/call-places.ts";
import { CLOCK_MS } from "./ledger/index-ledger.ts";
import type { CallPlaces, Ledger, ModelCall } from "./ledger/ledger.ts";
import type { CampaignContext } from "./run-under-load.ts";

/** A fault that hit a process which calls the model. */
export interface Interruption {
  pid: number | null;
  at: number;
}

type FaultName = "kill" | "freeze" | "restart";

const PLACES: Readonly<Record<keyof CallPlaces, string>> = {
  in_workflow_task: "local",
  over_queue: "queued",
};

const nameOf = (place: keyof CallPlaces, fault: FaultName) => `${PLACES[place]} model call hit by a ${fault}`;

/** A campaign must hit a call at the place of its shape. */
export function planInterruptedCall({ faults, shape }: CampaignContext, fault: FaultName): void {
  faults.plan(nameOf(expectedPlace(shape), fault));
}

/** Counts the calls that the faults have hit, by the place of each. */
export async function countInterruptedCalls(
  { faults, temporal }: CampaignContext,
  ledger: Ledger,
  { fault, hits }: { fault: FaultName; hits: readonly Interruption[] },
): Promise<void> {
  for (const call of hits.flatMap((hit) => findInterruptedCalls(ledger, hit)))
    faults.fired(nameOf(await readPlaceOf(temporal, ledger, call), fault));
}

/** The calls that the process had sent before the fault, and that had no response at that time: the model carried them out later. */
export function findInterruptedCalls(
  { departures, modelCalls }: Pick<Ledger, "departures" | "modelCalls">,
  { pid, at }: Interruption,
): (ModelCall & { departedAt: number })[] {
  return modelCalls
    .filter((call) => call.at > at)
    .flatMap((call) => {
      // A connection carries one request at a time.
      const departure = departures
        .filter((each) => each.port === call.peerPort && each.at <= call.at + CLOCK_MS)
        .toSorted((one, other) => one.at - other.at)
        .at(-1);
      const isHit = departure !== undefined && departure.pid === pid && departure.at <= at;
      return isHit ? [{ ...call, departedAt: departure.at }] : [];
    });
}
