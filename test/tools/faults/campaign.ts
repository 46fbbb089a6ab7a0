import type { Progress } from "../../../infra/sandbox/progress.ts";
import type { CallPlaces } from "./ledger/ledger.ts";
import type { Shape } from "./shape.ts";

/** "short" has the same faults in smaller numbers; `npm test` runs two short campaigns. */
export type Scale = "short" | "full";

export interface CampaignOptions {
  /** The source of all random numbers: the same seed makes the same load and the same plan of faults. */
  seed: number;
  scale: Scale;
  shape: Shape;
  progress: Progress;
}

/** One kind of fault, from the load to the verdict. A campaign starts and stops its own servers. */
export interface Campaign {
  name: string;
  /** The faults and the duration, for the progress output. */
  description: string;
  /** Default: shipped. */
  shape?: Shape;
  run(options: CampaignOptions): Promise<CampaignReport>;
}

/** The invariants of the ledger; `ledger/check-invariants.ts` has their titles. */
export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "I9" | "I10" | "I11" | "I12";

export interface Verdict {
  ok: boolean;
  /** The number of rows that were examined: a check of no rows proves nothing. */
  checked: number;
  /** The first violations, one sentence each. */
  violations: string[];
}

/** One measured figure. `target` is the limit in words. */
export interface Figure {
  figure: string;
  value: number;
  target: string;
  /** The number of observations. */
  n: number;
  ok: boolean;
}

export interface CampaignReport {
  campaign: string;
  seed: number;
  /** The shapes whose processes ran. */
  shapes: readonly Shape[];
  /** True when every verdict and every figure passed, and every planned fault fired. */
  ok: boolean;
  messages_offered: number;
  messages_acknowledged: number;
  /** Where successful model calls were made, from some of the histories. */
  model_calls: CallPlaces;
  /** How often each kind of fault fired. */
  faults_fired: Readonly<Record<string, number>>;
  /** Planned kinds of faults that never fired. They make the campaign fail. */
  faults_not_fired: string[];
  /** Kinds of faults that were there at least once and hit nothing in that time. They are not among the fired ones. */
  faults_without_hit?: readonly string[];
  invariants: Partial<Record<Invariant, Verdict>>;
  figures: Figure[];
  duration_s: number;
}
