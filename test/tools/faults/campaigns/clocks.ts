import { setTimeout as sleep } from "node:timers/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { type SkewedClock, openSkewedClock } from "../environment/skewed-clock.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { planMessages } from "../load/message-plan.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { ParleyProcess } from "../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { processesOf } from "../shape.ts";

interface Size {
  messages: number;
  skewMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  // Longer than the interval at which a process compares its clock with the database.
  short: { messages: 80, skewMs: 14_000 },
  full: { messages: 500, skewMs: 40_000 },
};
const CHANNELS = ["webhook", "slack", "twilio-sms", "telegram"] as const;
/** The signatures of these channels include the time. */
const SIGNED_TIME: ReadonlySet<string> = new Set(["webhook", "slack"]);
/** A receiver rejects a signature with a wrong time. Two attempts can fail for this reason, and the third comes after 5 min. */
const THIRD_ATTEMPT_MS = 300_000;
const RECOVERY_MS = 4_000;
const TEN_MINUTES_S = 600;
const VICTIMS = ["api", "worker"] as const;
type Victim = (typeof VICTIMS)[number];

interface SkewPeriod {
  victim: Victim;
  from: number;
  until: number;
}

/** The clock of a running process jumps ten minutes forwards, returns, and jumps ten minutes backwards. */
export const clocks: Campaign = {
  name: "clocks",
  description:
    "the clocks of ingress and worker jump by ten minutes, forwards and backwards; about 4 minutes a seed",
  async run(options) {
    const size = SIZES[options.scale];
    const opened = new Map<Victim, SkewedClock>();
    const skewPeriods: SkewPeriod[] = [];
    try {
      for (const victim of VICTIMS) opened.set(victim, await openSkewedClock(options.progress));
      return await runUnderLoad(options, {
        campaign: "clocks",
        processes: processesOf(options.shape).map((process) => runWithSkewedClock(process, opened)),
        async load(context) {
          await awaitWorkers(context.faultSandbox, context.temporal);
          const durationMs = 4 * (size.skewMs + RECOVERY_MS);
          const plan = {
            random: context.random.fork("load"),
            channels: CHANNELS,
            messages: size.messages,
            durationMs,
          };
          const load = context.loader.offer(planMessages(plan));
          await skewClocks(context, { skewedClocks: opened, skewPeriods, skewMs: size.skewMs });
          await load;
        },
        injectFaults: async () => undefined,
        settleWithinMs: THIRD_ATTEMPT_MS + 60_000,
        figures: (ledger) => [...rejectionFigures(ledger.offered, skewPeriods), ...replyTimeFigures(ledger)],
      });
    } finally {
      for (const clock of opened.values()) clock.close();
    }
  },
};

function runWithSkewedClock(process: ParleyProcess, opened: ReadonlyMap<Victim, SkewedClock>): ParleyProcess {
  const clock = VICTIMS.find((victim) => victim === process.name);
  return clock === undefined ? process : { ...process, env: opened.get(clock)?.env ?? {} };
}

interface ClockPlan {
  skewedClocks: ReadonlyMap<Victim, SkewedClock>;
  skewPeriods: SkewPeriod[];
  skewMs: number;
}

async function skewClocks(
  context: CampaignContext,
  { skewedClocks, skewPeriods, skewMs }: ClockPlan,
): Promise<void> {
  const jumps = VICTIMS.flatMap((victim) =>
    [TEN_MINUTES_S, -TEN_MINUTES_S].map((seconds) => ({ victim, seconds })),
  );
  for (const { victim, seconds } of context.random.fork("clocks").shuffle(jumps)) {
    const kind = `${victim} ${seconds > 0 ? "forwards" : "backwards"}`;
    context.faults.plan(kind);
    context.progress.tick(`  clocks: ${kind} by ten minutes for ${skewMs / 1000} s`);
    const before = countAlarms(context, victim);
    const from = Date.now();
    skewedClocks.get(victim)?.set(seconds);
    await sleep(skewMs);
    // The fault counts only when the process itself reports the skew.
    context.faults.fired(kind, countAlarms(context, victim) > before ? 1 : 0);
    skewedClocks.get(victim)?.set(0);
    skewPeriods.push({ victim, from, until: Date.now() });
    await sleep(RECOVERY_MS);
  }
}

function countAlarms({ faultSandbox: { dataDir } }: CampaignContext, victim: Victim): number {
  const log = join(dataDir, "logs", `${victim}.log`);
  return existsSync(log) ? (readFileSync(log, "utf8").match(/"skewMs":-?(?:59|60)\d{4},/g)?.length ?? 0) : 0;
}

/** With a wrong clock the ingress rejects signatures that include the time, and accepts all others. */
function rejectionFigures(offered: readonly OfferedMessage[], skewPeriods: readonly SkewPeriod[]) {
  const wrong = skewPeriods.filter(({ victim }) => victim === "api");
  const inside = offered.flatMap(({ channel, attempts }) =>
    attempts
      .filter(({ at, endedAt }) => wrong.some(({ from, until }) => at > from + 500 && endedAt < until))
      .map(({ status }) => ({ isTimed: SIGNED_TIME.has(channel), status })),
  );
  const timed = inside.filter(({ isTimed }) => isTimed);
  const others = inside.filter(({ isTimed }) => !isTimed);
  const acceptedTimed = timed.filter(({ status }) => status !== 401).length;
  const rejectedOthers = others.filter(({ status }) => status < 200 || status > 299).length;
  return [
    {
      figure: "timed_signatures_not_rejected",
      value: acceptedTimed,
      target: "0",
      n: timed.length,
      ok: timed.length > 0 && acceptedTimed === 0,
    },
    {
      figure: "other_channels_not_accepted",
      value: rejectedOthers,
      target: "0",
      n: others.length,
      ok: others.length > 0 && rejectedOthers === 0,
    },
  ];
}
