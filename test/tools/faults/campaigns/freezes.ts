import { setTimeout as sleep } from "node:timers/promises";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { freeze } from "../environment/freeze.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { type ParleyProcess, DEFAULT_PROCESSES } from "../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";

interface Size {
  messages: number;
  frozenMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 160, frozenMs: 10_000 },
  full: { messages: 1_200, frozenMs: 30_000 },
};
/** Between two victims: what had stopped goes on, and answers are given again. */
const BREATH_MS = 4_000;
const VICTIMS = ["worker", "model", "api", "temporal", "postgres", "redis", "fakes"] as const;
/** Others do their work meanwhile, or it is done without. */
const CARRIED: ReadonlySet<string> = new Set(["worker", "model", "redis"]);
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
/** The ones that are never frozen: they take over. */
const SECONDS: readonly ParleyProcess[] = [
  { name: "worker-2", args: ["worker", "--queue", "main", "delivery"] },
  { name: "model-2", args: ["worker", "--queue", "model"] },
];

/** A process that hangs and wakes: others have taken its work, and it must not finish it a second time. */
export const freezes: Campaign = {
  name: "freezes",
  description:
    "every process is stopped for 30 s and goes on, with a second worker to take over; about 5 minutes a seed",
  async run(options) {
    const { messages, frozenMs } = SIZES[options.scale];
    const moments: FaultTime[] = [];
    return await runUnderLoad(options, {
      campaign: "freezes",
      processes: [...DEFAULT_PROCESSES, ...SECONDS],
      async load(context) {
        const { loader, random } = context;
        await awaitBoth(context);
        const durationMs = VICTIMS.length * (frozenMs + BREATH_MS);
        await loader.offer(
          planMessages({ random: random.fork("load"), channels: CHANNELS, messages, durationMs }),
        );
      },
      async injectKills(context) {
        const order = context.random.fork("freezes").shuffle(VICTIMS);
        for (const victim of VICTIMS) context.faults.plan(`freeze ${victim}`);
        await awaitBoth(context);
        for (const victim of order) {
          const began = Date.now();
          await freezeFor(context, victim, frozenMs);
          // Where somebody takes over, the freeze is what people notice; elsewhere it is the time after the thaw.
          const isCarried = CARRIED.has(victim);
          moments.push({
            what: `${isCarried ? "freeze" : "thaw"}_of_${victim}`,
            at: isCarried ? began : Date.now(),
          });
          await sleep(BREATH_MS);
        }
      },
      figures: (ledger) => [...recoveryTimes(ledger, moments), ...replyTimeFigures(ledger)],
    });
  },
};

/** Both workers of each kind work, or nobody could take over. */
async function awaitBoth({ faultSandbox, temporal }: CampaignContext): Promise<void> {
  await awaitWorkers(faultSandbox, temporal, 2);
}

async function freezeFor(
  { faultSandbox, faults, progress }: CampaignContext,
  victim: string,
  ms: number,
): Promise<void> {
  const pid = faultSandbox.sandbox.pidOf(victim);
  if (pid === null) throw new Error(`No process is named ${victim}.`);
  progress.tick(`  freezes: ${victim} for ${ms / 1000} s`);
  const { stopped, thaw } = await freeze(pid);
  try {
    if (stopped > 0) faults.fired(`freeze ${victim}`);
    await sleep(ms);
  } finally {
    thaw();
  }
}
