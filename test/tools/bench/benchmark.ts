import type { Progress } from "../../../infra/sandbox/progress.ts";
import type { Chart } from "./charts/chart.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";

export interface BenchOptions {
  /** The servers of this run, which a benchmark may stop, kill and restart. */
  sandbox: Sandbox;
  /** The folder of their data and logs. */
  dataDir: string;
  progress: Progress;
  /** The measured Temporal server, if a benchmark has the choice: the development server, or a production server on PostgreSQL. */
  server: ServerKind;
  /** Runs each part for a few seconds. This proves that the benchmark works; its figures mean little. */
  quick: boolean;
  /** Runs the full sizes that the bars refer to, if they take too long for every run. */
  full: boolean;
  /** The names of the parts to run; null is all. */
  only: ReadonlySet<string> | null;
  /** The revision that a comparison checks out: the argument after `compare`. */
  revision: string | null;
}

/** `postgres-partial` has the indexes of `infra/deploy/temporal/partial-indexes.ts`. */
export const SERVER_KINDS = ["dev", "postgres", "postgres-partial"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** The output of `--json`. `ok` is true when the bars of the benchmark hold. */
export interface BenchReport {
  ok: boolean;
  bench: string;
  /** Why there are no figures, if the benchmark failed. */
  error?: string;
}

export interface Benchmark {
  name: string;
  /** True when `all` excludes it. */
  runsByNameOnly?: boolean;
  /** The names that `--only` can select. */
  parts?: readonly string[];
  /** The content and the duration, for the progress output. */
  description: string;
  /** The figures, and the same figures as a table and as charts. */
  measure(options: BenchOptions): Promise<{ report: BenchReport; lines: string[]; charts?: Chart[] }>;
}
