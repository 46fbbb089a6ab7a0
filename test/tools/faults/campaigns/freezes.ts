import { setTimeout as sleep } from "node:timers/promises";
import { PROCESSES_OF_SENDS } from "../ambiguous-times.ts";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { freeze } from "../environment/freeze.ts";
import { countInterruptedCalls, type Interruption, planInterruptedCall } from "../interrupted-calls.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { modelProcessOf, processesOf, secondWorkersOf, type Shape, workersOf } from "../shape.ts";
import { awaitModelCall } from "../slow-model.ts";

interface Size {
  messages: number;
  frozenMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 160, frozenMs: 10_000 },
  full: { messages: 1_200, frozenMs: 30_000 },
};
/** The pause between two victims, in which the process continues and replies are sent again. */
const BREATH_MS = 4_000;
const SERVERS = ["api", "temporal", "postgres", "redis", "fakes"] as const;
/** Other processes do the work of these, or the work is possible without them. */
const COMPENSATED: ReadonlySet<string> = new Set(["worker", "model", "redis"]);
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
/** The share of contacts who opt out after their last message. */
const STOPS = 0.15;

/** A process stops and continues. Other processes have taken its work, and it must not finish that work a second time. */
export const freezes: Campaign = {
  name: "freezes",
  description:
    "every process is stopped for 30 s and continues, while a second worker takes over; about 5 minutes a seed",
  async run(options) {
    const { messages, frozenMs } = SIZES[options.scale];
    const faultTimes: FaultTime[] = [];
    const hits: Interruption[] = [];
    const victims = victimsOf(options.shape);
    return await runUnderLoad(options, {
      campaign: "freezes",
      // The second workers are never frozen and take the work over.
      processes: [...processesOf(options.shape), ...secondWorkersOf(options.shape)],
      async load(context) {
        const { loader, random } = context;
        await awaitBoth(context);
        const durationMs = victims.length * (frozenMs + BREATH_MS);
        await loader.offer(
          planMessages({
            random: random.fork("load"),
            channels: CHANNELS,
            messages,
            durationMs,
            stops: STOPS,
          }),
        );
      },
      async injectFaults(context) {
        const order = context.random.fork("freezes").shuffle(victims);
        for (const victim of victims) context.faults.plan(`freeze ${victim}`);
        planInterruptedCall(context, "freeze");
        await awaitBoth(context);
        for (const victim of order) {
          const began = Date.now();
          const freezeVictim = () => freezeFor(context, { victim, ms: frozenMs, hits });
          await context.ambiguousTimes.during(freezeVictim, PROCESSES_OF_SENDS.has(victim));
          // With a second process the recovery starts at the freeze, without one at the thaw.
          const isCompensated = COMPENSATED.has(victim);
          faultTimes.push({
            kind: `${isCompensated ? "freeze" : "thaw"}_of_${victim}`,
            at: isCompensated ? began : Date.now(),
          });
          await sleep(BREATH_MS);
        }
      },
      async figures(ledger, context) {
        await countInterruptedCalls(context, ledger, { fault: "freeze", hits });
        return [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)];
      },
    });
  },
};

function victimsOf(shape: Shape): string[] {
  return [...workersOf(shape).map(({ name }) => name), ...SERVERS];
}

/** Waits for two workers of each kind: with one, no other process could take over. */
async function awaitBoth({ faultSandbox, temporal }: CampaignContext): Promise<void> {
  await awaitWorkers(faultSandbox, temporal, 2);
}

async function freezeFor(
  context: CampaignContext,
  { victim, ms, hits }: { victim: string; ms: number; hits: Interruption[] },
): Promise<void> {
  const { faultSandbox, faults, progress, shape } = context;
  const pid = faultSandbox.sandbox.pidOf(victim);
  if (pid === null) throw new Error(`No process is named ${victim}.`);
  progress.tick(`  freezes: ${victim} for ${ms / 1000} s`);
  const speedUp = victim === modelProcessOf(shape) ? await awaitModelCall(context, victim) : null;
  const { stopped, thaw } = await freeze(pid);
  try {
    if (stopped > 0) faults.fired(`freeze ${victim}`);
    if (stopped > 0 && speedUp !== null) hits.push({ pid, at: Date.now() });
    await speedUp?.();
    await sleep(ms);
  } finally {
    thaw();
  }
}
