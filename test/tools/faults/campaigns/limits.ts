import { setTimeout as sleep } from "node:timers/promises";
import { readdirSync } from "node:fs";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { needProgram } from "../environment/debian-packages.ts";
import { freeze } from "../environment/freeze.ts";
import { limitMemory } from "../environment/memory-limit.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { runProgram } from "../../../../infra/sandbox/programs/run-program.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";

interface Size {
  messages: number;
  rounds: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 80, rounds: 1 },
  full: { messages: 600, rounds: 4 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
const VICTIMS = ["api", "worker"] as const;
/** Blocks the event loop. */
const BLOCKED_MS = 5_000;
const BODY_BYTES = 1_000_000;
const BODIES = 16;
const HELD_MS = 5_000;
const UNTIL_KILLED_MS = 20_000;
/** Long enough for a machine with other load. */
const RESTART_MS = 8_000;
const SAMPLE_MS = 100;
const RECOVERY_MS = 5_000;

/** A machine refuses a process memory, descriptors or CPU time. A process that ends is restarted. */
export const limits: Campaign = {
  name: "limits",
  description:
    "ingress and worker run out of memory, run out of descriptors, and block for 5 s; about 5 minutes a seed",
  async run(options) {
    const { messages, rounds } = SIZES[options.scale];
    const faultTimes: FaultTime[] = [];
    await needProgram("prlimit", "util-linux", options.progress);
    return await runUnderLoad(options, {
      campaign: "limits",
      async load(context) {
        await awaitWorkers(context.faultSandbox, context.temporal);
        const durationMs = rounds * VICTIMS.length * STEPS.length * (HELD_MS + RECOVERY_MS + RESTART_MS);
        const random = context.random.fork("load");
        const load = context.loader.offer(planMessages({ random, channels: CHANNELS, messages, durationMs }));
        for (let round = 0; round < rounds; round++) await runStep(context, faultTimes);
        await load;
      },
      injectFaults: async () => undefined,
      figures: (ledger) => [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)],
    });
  },
};

async function runStep(context: CampaignContext, faultTimes: FaultTime[]): Promise<void> {
  const plan = VICTIMS.flatMap((victim) => STEPS.map((step) => ({ victim, step })));
  for (const { victim, step } of context.random.fork(`limits ${faultTimes.length}`).shuffle(plan)) {
    const kind = `${victim} ${step.name}`;
    context.faults.plan(kind);
    context.progress.tick(`  limits: ${kind}`);
    const limit = () => step.run(context, victim);
    const effects = await context.ambiguousTimes.during(limit, victim === "worker");
    context.faults.fired(kind, effects);
    faultTimes.push({ kind: `${victim}_${step.name.replaceAll(" ", "_")}`, at: Date.now() });
    await sleep(RECOVERY_MS);
  }
}

interface FaultStep {
  name: string;
  /** Returns how often the fault had an effect. */
  run(context: CampaignContext, victim: string): Promise<number>;
}

const STEPS: readonly FaultStep[] = [
  { name: "out of memory", run: outOfMemory },
  { name: "out of descriptors", run: outOfDescriptors },
  { name: "blocked", run: awaitStall },
];

async function outOfMemory(
  { faultSandbox: { sandbox, config } }: CampaignContext,
  victim: string,
): Promise<number> {
  const limit = limitMemory(pidOf(sandbox.pidOf(victim)));
  // An ingress reuses its memory; large unsigned bodies make it allocate more.
  const body = "x".repeat(BODY_BYTES);
  for (let i = 0; i < BODIES; i++)
    void fetch(`${config.PUBLIC_BASE_URL}/webhooks/webhook/main`, { method: "POST", body }).catch(
      () => undefined,
    );
  await sleep(HELD_MS);
  // A process that gets little of a busy machine reaches its limit later.
  for (const until = Date.now() + UNTIL_KILLED_MS; limit.kills() === 0 && Date.now() < until;)
    await sleep(SAMPLE_MS);
  const kills = limit.kills();
  // As a service manager does, whether the kernel has killed the process or has only slowed it.
  await sandbox.end(victim, "SIGKILL");
  await sandbox.restart(victim);
  limit.close();
  return kills;
}

/** No new socket or file can be opened; open ones stay open. The effect is a process at its limit of descriptors. */
async function outOfDescriptors(
  { faultSandbox: { sandbox } }: CampaignContext,
  victim: string,
): Promise<number> {
  const pid = pidOf(sandbox.pidOf(victim));
  const limit = Math.min(readdirSync(`/proc/${pid}/fd`).length, 64);
  await runProgram("prlimit", ["--pid", String(pid), `--nofile=${limit}`], process.env);
  // Sampled over the whole time: the number falls below the limit whenever the process closes a connection.
  let samplesAtLimit = 0;
  for (const until = Date.now() + HELD_MS; Date.now() < until; await sleep(SAMPLE_MS))
    if (readdirSync(`/proc/${pid}/fd`).length >= limit) samplesAtLimit++;
  await sandbox.end(victim);
  await sandbox.restart(victim);
  return samplesAtLimit;
}

async function awaitStall({ faultSandbox: { sandbox } }: CampaignContext, victim: string): Promise<number> {
  const { stopped, thaw } = await freeze(pidOf(sandbox.pidOf(victim)));
  await sleep(BLOCKED_MS);
  thaw();
  return stopped;
}

function pidOf(pid: number | null): number {
  if (pid === null) throw new Error("The process has ended.");
  return pid;
}
