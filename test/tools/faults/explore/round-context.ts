import type { SkewedClock } from "../environment/skewed-clock.ts";
import type { Edges } from "../campaigns/lost-responses/open-edges.ts";
import type { FaultTime } from "../ledger/ledger.ts";
import type { ParleyProcess } from "../open-fault-sandbox.ts";
import type { CampaignContext } from "../run-under-load.ts";

/** What the faults of a round can reach. */
export interface RoundContext extends CampaignContext {
  edges: Edges;
  /** The Parley processes of the round, as they are started. */
  processes: readonly ParleyProcess[];
  /** The clocks that can be skewed in this round, by process. */
  clocks: ReadonlyMap<string, SkewedClock>;
  /** When each fault was active. */
  faultTimes: FaultTime[];
  /** Faults at one target wait for each other: a frozen process is not killed. */
  runAlone<T>(target: string, work: () => Promise<T>): Promise<T>;
}
