import type { Progress } from "../../../infra/sandbox/progress.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";

export interface BenchOptions {
  /** Servers of this run alone: a benchmark may stop, kill and start them again. */
  sandbox: Sandbox;
  progress: Progress;
  /** Which Temporal server is measured, where a benchmark can choose: the development server, or its own on PostgreSQL. */
  server: ServerKind;
  /** A few seconds of each part: it shows that all of it runs, and says little. */
  quick: boolean;
  /** The sizes that the bars speak of, where they take too long for every run. */
  full: boolean;
  /** Parts of a benchmark by their names, for whoever looks at one; null is all. */
  only: ReadonlySet<string> | null;
}

export const SERVER_KINDS = ["dev", "postgres"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** What `--json` prints; `ok` says whether the benchmark's own bars held. */
export interface BenchReport {
  ok: boolean;
  bench: string;
}

export interface Benchmark {
  name: string;
  /** Not part of `all`: it compares settings, for whoever is about to change one, and needs a server that Go builds first. */
  runsByNameOnly?: boolean;
  /** What is done and how long it takes, for whoever waits. */
  description: string;
  /** The figures, and the same as a table for people. */
  measure(options: BenchOptions): Promise<{ report: BenchReport; lines: string[] }>;
}
