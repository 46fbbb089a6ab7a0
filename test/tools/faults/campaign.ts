import type { Progress } from "../../../infra/sandbox/progress.ts";

/** "short" is what `npm test` runs: the same faults, fewer times. */
export type Scale = "short" | "full";

export interface CampaignOptions {
  /** All randomness of the campaign comes from it: the same seed makes the same load and the same plan of faults. */
  seed: number;
  scale: Scale;
  progress: Progress;
}

/** One kind of trouble, from the load to the verdict. It starts its own servers, and ends them. */
export interface Campaign {
  name: string;
  /** What is done and how long it takes, for whoever waits. */
  description: string;
  run(options: CampaignOptions): Promise<CampaignReport>;
}

/** The invariants of the ledger check; `ledger/check-invariants.ts` says what each means. */
export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "I9";

export interface Verdict {
  ok: boolean;
  /** How many things were looked at: a check of nothing proves nothing. */
  checked: number;
  /** What broke it, a sentence each, the first few. */
  violations: string[];
}

/** One figure of the scoreboard. `target` says in words what was promised. */
export interface Figure {
  figure: string;
  value: number;
  target: string;
  /** How many observations stand behind it. */
  n: number;
  ok: boolean;
}

export interface CampaignReport {
  campaign: string;
  seed: number;
  /** Every verdict and every figure held, and every planned fault fired. */
  ok: boolean;
  messages_offered: number;
  messages_acknowledged: number;
  /** How often each kind of fault really happened, as the thing that did it counted. */
  faults_fired: Readonly<Record<string, number>>;
  /** Kinds of fault that were planned and never happened: they make the campaign fail. */
  faults_not_fired: string[];
  invariants: Partial<Record<Invariant, Verdict>>;
  figures: Figure[];
  duration_s: number;
}
