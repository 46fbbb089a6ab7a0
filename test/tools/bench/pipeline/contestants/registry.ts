import type { OpenContestant } from "./contestant.ts";
import { openPeer } from "./peers.ts";

export const SERVERS = ["temporal", "postgres", "redis", "restate"] as const;
export type Server = (typeof SERVERS)[number];

interface Entry {
  about: string;
  /** The servers of which the CPU counts as its cost, besides its own process. */
  servers: readonly Server[];
  /** The concurrency with its best throughput. */
  inFlight: number;
  /** The part of its latency that it waits on purpose. Reported latencies are without it. */
  waitMs?: number;
  /** Its packages are installed at its first use. */
  isPeer?: true;
  open: OpenContestant;
}

/** Loaded on demand, so that a child process loads the packages of one contestant only. */
const lazily =
  (load: () => Promise<OpenContestant>): OpenContestant =>
  async (places, steps) =>
    await (
      await load()
    )(places, steps);

/** The default of SMS and WhatsApp. */
const QUIET_MS = 700;

/** All contestants, in the order of the report. */
export const CONTESTANTS = {
  shipped: {
    about: "the shape and settings of Parley",
    servers: ["temporal", "postgres"],
    inFlight: 40,
    open: lazily(async () =>
      (await import("./shipped.ts")).openShipped({ queue: "bench-shipped", quietMs: 0 }),
    ),
  },
  shipped_apart: {
    about: "Parley, ingress and worker in two processes",
    servers: ["temporal", "postgres"],
    inFlight: 40,
    open: lazily(async () => (await import("./shipped-apart.ts")).openShippedApart),
  },
  shipped_quiet: {
    about: "Parley in one process, with the quiet window of SMS",
    servers: ["temporal", "postgres"],
    // More, because most of them wait for the end of the window.
    inFlight: 160,
    waitMs: QUIET_MS,
    open: lazily(async () =>
      (await import("./shipped.ts")).openShipped({ queue: "bench-quiet", quietMs: QUIET_MS }),
    ),
  },
  naive: {
    about: "Temporal, seven normal activities, default settings of the SDK",
    servers: ["temporal", "postgres"],
    inFlight: 40,
    open: lazily(async () => (await import("./sdk-shape.ts")).openSdkShape("naive")),
  },
  merged: {
    about: "Temporal, one normal activity for all steps",
    servers: ["temporal", "postgres"],
    inFlight: 40,
    open: lazily(async () => (await import("./sdk-shape.ts")).openSdkShape("merged")),
  },
  dbos: {
    about: "DBOS, a workflow of seven steps",
    servers: ["postgres"],
    inFlight: 40,
    isPeer: true,
    open: openPeer("dbos.ts", "openDbos"),
  },
  restate: {
    about: "Restate, a handler of seven journaled steps, two partitions",
    servers: ["restate"],
    inFlight: 64,
    isPeer: true,
    open: openPeer("restate.ts", "openRestate"),
  },
  bullmq: {
    about: "BullMQ, a job that saves each step",
    servers: ["redis"],
    inFlight: 100,
    isPeer: true,
    open: openPeer("bullmq.ts", "openBullMq"),
  },
  graphile_worker: {
    about: "graphile-worker, a job that saves each step as a row",
    servers: ["postgres"],
    inFlight: 40,
    isPeer: true,
    open: openPeer("graphile-worker.ts", "openGraphileWorker"),
  },
  inbox_row: {
    about: "floor: one row in Postgres, no steps saved",
    servers: ["postgres"],
    inFlight: 20,
    open: lazily(async () => (await import("./inbox-row.ts")).openInboxRow),
  },
  no_durability: {
    about: "floor: function calls, a crash loses all",
    servers: [],
    inFlight: 10,
    open: lazily(async () => (await import("./no-durability.ts")).openNoDurability),
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type ContestantName = keyof typeof CONTESTANTS;
export const CONTESTANT_NAMES = Object.keys(CONTESTANTS) as ContestantName[];

export function isPeer(name: ContestantName): boolean {
  return "isPeer" in CONTESTANTS[name];
}
