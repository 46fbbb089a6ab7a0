import { setTimeout as sleep } from "node:timers/promises";
import type { Toxic } from "../proxy/toxic.ts";
import type { Random } from "../random.ts";
import { injectBadRelease } from "./faults/bad-release.ts";
import { holdReaderLocks } from "./faults/reader-locks.ts";
import { floodEvents } from "./faults/event-flood.ts";
import { CHANNEL_FAKES, endOutage, scriptFakes } from "./faults/vendor-faults.ts";
import { freezeFor, killAndRestart, loseResponses, skewClock } from "./faults/process-faults.ts";
import type { RoundContext } from "./round-context.ts";

interface FaultKind {
  /** The share of this kind among all faults. */
  weight: number;
  /** Faults at one target run one after the other. */
  target: string;
  /** True if the response of a send can be lost: then `unknown` is the right state of its part. */
  isAmbiguous: boolean;
  /** The times that this fault alone may not make slow; `recovery`: they are normal soon after it. */
  quick?: "acknowledgements" | "answers" | "recovery";
  /** True if it has an effect only on requests of its time. */
  hitsRequests?: true;
  /** How long it may last, seconds. */
  lengths: readonly number[];
  /** Injects it, heals it after `forMs`, and returns how often it fired. */
  inject(context: RoundContext, forMs: number, random: Random): Promise<number>;
}

/** The numbers of the contacts who write after an outage. Those of the stories are smaller. */
const FIRST_EVIDENCE = 10_000;
const OUTAGES_S = [1, 3, 8, 15, 25];
const FREEZES_S = [1, 3, 8];
const RESTART_S = [0, 1, 2];

const isCommit = (label: string) => label === "commit";
const LOST = { kind: "lose_response", when: "answered", connectionLeft: "cut" } as const;

const kill = (victim: string, isAmbiguous: boolean): FaultKind => ({
  weight: 1,
  target: victim,
  isAmbiguous,
  lengths: RESTART_S,
  inject: (context, forMs) => killAndRestart(context, victim, forMs),
});
const outage = (victim: string, weight: number): FaultKind => ({
  weight,
  target: victim,
  isAmbiguous: true,
  lengths: OUTAGES_S,
  inject: (context, forMs) => killAndRestart(context, victim, forMs),
});
const freezing = (victim: string, isAmbiguous: boolean): FaultKind => ({
  weight: 1,
  target: victim,
  isAmbiguous,
  lengths: FREEZES_S,
  inject: (context, forMs) => freezeFor(context, victim, forMs),
});
const vendor = (
  fault: Parameters<typeof scriptFakes>[1]["fault"],
  { isAmbiguous = false, weight = 1, lengths = [3, 8] } = {},
): FaultKind => ({
  weight,
  target: "vendors",
  isAmbiguous,
  hitsRequests: true,
  lengths,
  inject: (context, forMs) => scriptFakes(context, { fakes: CHANNEL_FAKES, fault, forMs }),
});
const clockAhead = (process: string): FaultKind => ({
  weight: 1,
  target: `clock of ${process}`,
  isAmbiguous: false,
  lengths: [3, 6, 12],
  inject: (context, forMs) => skewClock(context, process, { aheadS: 60, forMs }),
});

/** Every fault of a round. A new kind is one entry here. */
export const FAULT_KINDS = {
  kill_api: kill("api", false),
  kill_worker: kill("worker", true),
  kill_model: kill("model", false),
  kill_temporal: kill("temporal", true),
  kill_postgres: kill("postgres", true),
  kill_redis: kill("redis", false),
  kill_fakes: kill("fakes", true),
  freeze_api: freezing("api", false),
  freeze_worker: freezing("worker", true),
  freeze_model: freezing("model", false),
  freeze_temporal: freezing("temporal", true),
  freeze_postgres: freezing("postgres", true),
  freeze_fakes: freezing("fakes", true),
  postgres_outage: outage("postgres", 4),
  temporal_outage: outage("temporal", 2),
  redis_outage: outage("redis", 1),
  lost_postgres_responses: {
    weight: 3,
    target: "postgres responses",
    isAmbiguous: true,
    hitsRequests: true,
    lengths: [3, 6],
    inject: (context, forMs) =>
      loseResponses(context, {
        to: "postgres",
        forMs,
        toxic: { ...LOST, probability: 0.15, only: isCommit },
      }),
  },
  late_postgres_commits: {
    weight: 3,
    target: "postgres responses",
    isAmbiguous: true,
    hitsRequests: true,
    lengths: [3, 8],
    inject(context, forMs, random) {
      const delayMs = random.pick([1_000, 2_000, 3_000]);
      const toxic: Toxic = { kind: "late_response", delayMs, probability: 0.5, only: isCommit };
      return loseResponses(context, { to: "postgres", forMs, toxic });
    },
  },
  lost_temporal_responses: {
    weight: 1,
    target: "temporal responses",
    isAmbiguous: true,
    hitsRequests: true,
    lengths: [3, 6],
    inject: (context, forMs) =>
      loseResponses(context, { to: "temporal", forMs, toxic: { ...LOST, probability: 0.05 } }),
  },
  slow_vendors: vendor({ delay_ms: 5_000 }, { weight: 3, lengths: [3, 6, 10] }),
  vendors_throttle: vendor({ status: 429, headers: { "retry-after": "1" } }),
  vendors_fail: vendor({ status: 500 }),
  // Long enough for a second wait of the schedule of a channel, which must not outlast the outage.
  vendor_outage: {
    weight: 1,
    target: "vendors",
    isAmbiguous: false,
    hitsRequests: true,
    quick: "recovery",
    lengths: [8, 45],
    inject: (context, forMs, random) =>
      endOutage(context, { fault: { status: 503 }, forMs, number: FIRST_EVIDENCE + 10 * random.int(1_000) }),
  },
  vendors_lose_responses: vendor({ accept_then_drop: true }, { isAmbiguous: true }),
  slow_model: {
    weight: 3,
    target: "model",
    isAmbiguous: false,
    hitsRequests: true,
    lengths: [3, 8],
    inject(context, forMs, random) {
      const fault = { delay_ms: random.pick([1_000, 2_000, 4_000]) };
      return scriptFakes(context, { fakes: ["openai"], fault, forMs });
    },
  },
  clock_of_api_ahead: clockAhead("api"),
  clock_of_worker_ahead: clockAhead("worker"),
  event_flood: {
    weight: 1,
    target: "vendors",
    isAmbiguous: false,
    hitsRequests: true,
    quick: "answers",
    lengths: [3, 10],
    inject: (context, forMs) => floodEvents(context, forMs),
  },
  bad_release: {
    weight: 1,
    target: "worker",
    isAmbiguous: true,
    lengths: [8, 45],
    inject: (context, forMs) => injectBadRelease(context, forMs),
  },
  reader_locks: {
    weight: 1,
    target: "postgres",
    isAmbiguous: false,
    quick: "acknowledgements",
    lengths: [5, 8],
    inject: (context, forMs) => holdReaderLocks(context, forMs),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof FAULT_KINDS;

export interface FaultAction {
  kind: "fault";
  id: number;
  name: FaultName;
  atMs: number;
  forMs: number;
  random: Random;
}

/** One of the lengths of this kind, or the shortest one if all are longer than the limit. */
export function pickLength(name: FaultName, random: Random, longestS: number): number {
  const { lengths }: FaultKind = FAULT_KINDS[name];
  const fitting = lengths.filter((length) => length <= longestS);
  return 1_000 * random.pick(fitting.length === 0 ? lengths.slice(0, 1) : fitting);
}

/** Injects the fault when it is due, and records when a send could lose its response. */
export async function injectFault(context: RoundContext, action: FaultAction): Promise<void> {
  const { name, atMs, forMs, random } = action;
  const kind: FaultKind = FAULT_KINDS[name];
  context.faults.plan(name);
  await sleep(atMs);
  await context.runAlone(kind.target, async () => {
    const from = Date.now();
    const fired = await kind.inject(context, forMs, random.fork("fault"));
    // The seed chooses the time, and then there may be no request to hit.
    if (fired === 0 && kind.hitsRequests === true) context.faults.missed(name);
    else context.faults.fired(name, fired);
    const { target, isAmbiguous, quick } = kind;
    const time = { name, target, from, until: Date.now() };
    if (isAmbiguous) context.ambiguousTimes.add(time);
    context.faultTimes.push(quick === undefined ? time : { ...time, quick });
  });
}
