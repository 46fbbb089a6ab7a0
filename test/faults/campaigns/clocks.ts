import { setTimeout as sleep } from "node:timers/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { type FalseClock, openFalseClock } from "../environment/false-clock.ts";
import { answerTimes } from "../ledger/answer-times.ts";
import { planMessages } from "../load/message-plan.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { type OwnProcess, USUAL_PROCESSES } from "../open-fault-stack.ts";
import { type Scene, underLoad } from "../under-load.ts";

interface Size {
  messages: number;
  wrongMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  // Longer than the pause between two looks at the database's clock.
  short: { messages: 80, wrongMs: 14_000 },
  full: { messages: 500, wrongMs: 40_000 },
};
const CHANNELS = ["webhook", "slack", "twilio-sms", "telegram"] as const;
/** Their signatures hold the time. */
const SIGNED_TIME: ReadonlySet<string> = new Set(["webhook", "slack"]);
/** A receiver refuses what a worker signs with a wrong time. Two attempts may be lost to that, and the third comes after 5 min. */
const THIRD_ATTEMPT_MS = 300_000;
const BREATH_MS = 4_000;
const TEN_MINUTES_S = 600;
const VICTIMS = ["api", "worker"] as const;
type Victim = (typeof VICTIMS)[number];

interface Wrong {
  victim: Victim;
  from: number;
  until: number;
}

/** The clock of one machine jumps ten minutes ahead, back, and ten minutes behind, while it runs. */
export const clocks: Campaign = {
  name: "clocks",
  about:
    "the clock of ingress and worker jumps by ten minutes, ahead and back, in turn; about 4 minutes a seed",
  async run(options) {
    const size = SIZES[options.scale];
    const opened = new Map<Victim, FalseClock>();
    const wrongs: Wrong[] = [];
    try {
      for (const victim of VICTIMS) opened.set(victim, await openFalseClock(options.progress));
      return await underLoad(options, {
        campaign: "clocks",
        processes: USUAL_PROCESSES.map((process) => withClock(process, opened)),
        async load(scene) {
          await awaitWorkers(scene.faultStack, scene.temporal);
          const durationMs = 4 * (size.wrongMs + BREATH_MS);
          const plan = {
            random: scene.random.fork("load"),
            channels: CHANNELS,
            messages: size.messages,
            durationMs,
          };
          const load = scene.loader.offer(planMessages(plan));
          await moveClocks(scene, { opened, wrongs, wrongMs: size.wrongMs });
          await load;
        },
        trouble: async () => undefined,
        restWithinMs: THIRD_ATTEMPT_MS + 60_000,
        figures: (ledger) => [...refusals(ledger.offered, wrongs), ...answerTimes(ledger)],
      });
    } finally {
      for (const clock of opened.values()) clock.close();
    }
  },
};

function withClock(process: OwnProcess, opened: ReadonlyMap<Victim, FalseClock>): OwnProcess {
  const clock = VICTIMS.find((victim) => victim === process.name);
  return clock === undefined ? process : { ...process, env: opened.get(clock)?.env ?? {} };
}

interface Moving {
  opened: ReadonlyMap<Victim, FalseClock>;
  wrongs: Wrong[];
  wrongMs: number;
}

async function moveClocks(scene: Scene, { opened, wrongs, wrongMs }: Moving): Promise<void> {
  const jumps = VICTIMS.flatMap((victim) =>
    [TEN_MINUTES_S, -TEN_MINUTES_S].map((seconds) => ({ victim, seconds })),
  );
  for (const { victim, seconds } of scene.random.fork("clocks").shuffle(jumps)) {
    const kind = `${victim} ${seconds > 0 ? "ahead" : "behind"}`;
    scene.faults.plan(kind);
    scene.progress.tick(`  clocks: ${kind} by ten minutes for ${wrongMs / 1000} s`);
    const before = alarms(scene, victim);
    const from = Date.now();
    opened.get(victim)?.set(seconds);
    await sleep(wrongMs);
    // The process itself says how far it is off: its alarm is what the fault is counted by.
    scene.faults.fired(kind, alarms(scene, victim) > before ? 1 : 0);
    opened.get(victim)?.set(0);
    wrongs.push({ victim, from, until: Date.now() });
    await sleep(BREATH_MS);
  }
}

function alarms({ faultStack: { dataDir } }: Scene, victim: Victim): number {
  const log = join(dataDir, "logs", `${victim}.log`);
  return existsSync(log) ? (readFileSync(log, "utf8").match(/"skewMs":-?(?:59|60)\d{4},/g)?.length ?? 0) : 0;
}

/** While the ingress is wrong about the time it refuses what is signed with the time, and takes the rest. */
function refusals(offered: readonly OfferedMessage[], wrongs: readonly Wrong[]) {
  const wrong = wrongs.filter(({ victim }) => victim === "api");
  const inside = offered.flatMap(({ channel, tries }) =>
    tries
      .filter(({ at, endedAt }) => wrong.some(({ from, until }) => at > from + 500 && endedAt < until))
      .map(({ status }) => ({ isTimed: SIGNED_TIME.has(channel), status })),
  );
  const timed = inside.filter(({ isTimed }) => isTimed);
  const others = inside.filter(({ isTimed }) => !isTimed);
  const takenTimed = timed.filter(({ status }) => status !== 401).length;
  const refusedOthers = others.filter(({ status }) => status < 200 || status > 299).length;
  return [
    {
      figure: "timed_signatures_not_refused",
      value: takenTimed,
      target: "0",
      n: timed.length,
      ok: timed.length > 0 && takenTimed === 0,
    },
    {
      figure: "other_channels_not_taken",
      value: refusedOthers,
      target: "0",
      n: others.length,
      ok: others.length > 0 && refusedOthers === 0,
    },
  ];
}
