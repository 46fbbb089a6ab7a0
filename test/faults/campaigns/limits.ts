import { setTimeout as sleep } from "node:timers/promises";
import { readdirSync } from "node:fs";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { needProgram } from "../environment/debian-packages.ts";
import { freeze } from "../environment/freeze.ts";
import { limitMemory } from "../environment/memory-limit.ts";
import { answerTimes } from "../ledger/answer-times.ts";
import { type Moment, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { run } from "../../../infra/dev/programs.ts";
import { type Scene, underLoad } from "../under-load.ts";

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
/** An event loop that does nothing else. */
const BLOCKED_MS = 5_000;
const BODY_BYTES = 1_000_000;
const BODIES = 16;
const HELD_MS = 5_000;
/** On a machine with other work. */
const RESTART_MS = 8_000;
const BREATH_MS = 5_000;

/** What a machine refuses a process: memory, descriptors, time. Whoever ends by it is started again. */
export const limits: Campaign = {
  name: "limits",
  about:
    "ingress and worker run out of memory, of descriptors, and stand still for 5 s; about 5 minutes a seed",
  async run(options) {
    const { messages, rounds } = SIZES[options.scale];
    const moments: Moment[] = [];
    await needProgram("prlimit", "util-linux", options.progress);
    return await underLoad(options, {
      campaign: "limits",
      async load(scene) {
        await awaitWorkers(scene.faultStack, scene.temporal);
        const durationMs = rounds * VICTIMS.length * TROUBLES.length * (HELD_MS + BREATH_MS + RESTART_MS);
        const random = scene.random.fork("load");
        const load = scene.loader.offer(planMessages({ random, channels: CHANNELS, messages, durationMs }));
        for (let round = 0; round < rounds; round++) await goThrough(scene, moments);
        await load;
      },
      trouble: async () => undefined,
      figures: (ledger) => [...recoveryTimes(ledger, moments), ...answerTimes(ledger)],
    });
  },
};

async function goThrough(scene: Scene, moments: Moment[]): Promise<void> {
  const plan = VICTIMS.flatMap((victim) => TROUBLES.map((trouble) => ({ victim, trouble })));
  for (const { victim, trouble } of scene.random.fork(`limits ${moments.length}`).shuffle(plan)) {
    const kind = `${victim} ${trouble.name}`;
    scene.faults.plan(kind);
    scene.progress.tick(`  limits: ${kind}`);
    scene.faults.fired(kind, await trouble.run(scene, victim));
    moments.push({ what: `${victim}_${trouble.name.replaceAll(" ", "_")}`, at: Date.now() });
    await sleep(BREATH_MS);
  }
}

interface Trouble {
  name: string;
  /** Returns how often it was felt. */
  run(scene: Scene, victim: string): Promise<number>;
}

const TROUBLES: readonly Trouble[] = [
  { name: "out of memory", run: outOfMemory },
  { name: "out of descriptors", run: outOfDescriptors },
  { name: "stands still", run: standStill },
];

async function outOfMemory({ faultStack: { stack, config } }: Scene, victim: string): Promise<number> {
  const limit = limitMemory(pidOf(stack.pidOf(victim)));
  // An ingress lives on what it has; bodies that nobody signed make it ask for more.
  const body = "x".repeat(BODY_BYTES);
  for (let i = 0; i < BODIES; i++)
    void fetch(`${config.PUBLIC_BASE_URL}/webhooks/webhook/main`, { method: "POST", body }).catch(
      () => undefined,
    );
  await sleep(HELD_MS);
  const kills = limit.kills();
  // What a service manager does, whether the kernel has killed it or it only crawls.
  await stack.end(victim, "SIGKILL");
  await stack.restart(victim);
  limit.close();
  return kills;
}

/** No new socket and no file; what is open stays open. Felt where it holds as many as it may. */
async function outOfDescriptors({ faultStack: { stack } }: Scene, victim: string): Promise<number> {
  const pid = pidOf(stack.pidOf(victim));
  const open = readdirSync(`/proc/${pid}/fd`).length;
  await run("prlimit", ["--pid", String(pid), `--nofile=${Math.min(open, 64)}`], process.env);
  await sleep(HELD_MS);
  const felt = readdirSync(`/proc/${pid}/fd`).length >= Math.min(open, 64) ? 1 : 0;
  await stack.end(victim);
  await stack.restart(victim);
  return felt;
}

async function standStill({ faultStack: { stack } }: Scene, victim: string): Promise<number> {
  const { stopped, thaw } = await freeze(pidOf(stack.pidOf(victim)));
  await sleep(BLOCKED_MS);
  thaw();
  return stopped;
}

function pidOf(pid: number | null): number {
  if (pid === null) throw new Error("The process has ended.");
  return pid;
}
