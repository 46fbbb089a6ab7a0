import { setTimeout as sleep } from "node:timers/promises";
import { PROCESSES_OF_SENDS } from "../ambiguous-times.ts";
import type { Fault } from "../../../../infra/sandbox/fakes/server/fault-script.ts";
import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import type { FaultTime } from "../ledger/ledger.ts";
import { countOpen } from "../ledger/read-stores.ts";
import { supersedeOf } from "../environment/supersede.ts";
import { countInterruptedCalls, type Interruption, planInterruptedCall } from "../interrupted-calls.ts";
import { killService } from "../kill-service.ts";
import { modelProcessOf, processesOf, type Shape } from "../shape.ts";
import { awaitModelCall } from "../slow-model.ts";
import { planMessages } from "../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { readFiredFaults, scriptFaults } from "../script-faults.ts";

interface Size {
  messages: number;
  durationMs: number;
  kills: number;
  /** The share of vendor calls for each of the four vendor faults. */
  vendorFaults: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 60, durationMs: 15_000, kills: 6, vendorFaults: 0.12 },
  full: { messages: 3_400, durationMs: 420_000, kills: 60, vendorFaults: 0.0125 },
};
const SERVERS = ["temporal", "postgres", "redis", "fakes"];
const CHANNELS = ["webhook", "twilio-sms", "telegram", "messenger", "whatsapp", "slack"] as const;
/** Longer than a restart, shorter than the timeout of a caller. */
const LONGEST_DOWN_MS = 3_000;
const FORGED = 20;
/** The share of contacts who opt out after their last message. */
const STOPS = 0.15;
const WORK_HIT = "kill while a message was in progress";
const VENDOR_FAULT = "vendor fault";
const MESSAGES_OF_KILL = 3;
/** The numbers of their contacts. Those of the load are smaller. */
const FIRST_OF_KILLS = 10_000;
const LATE_FAULT_MS = 30_000;
const LATE_FAULT_SHARE = 0.2;
const LATE_FAULT_POLL_MS = 1_000;

/** kill -9 of every process in turn and in random order, with faults of the vendors. */
export const kills: Campaign = {
  name: "kills",
  description:
    "kill -9 of every process at random times, while vendors respond with 429, with 500, late or not at all; about 10 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  const hits: Interruption[] = [];
  const faultTimes: FaultTime[] = [];
  return await runUnderLoad(options, {
    campaign: "kills",
    hasEventEndpoint: true,
    supersede: supersedeOf(options.seed),
    async load(context) {
      const { loader, random } = context;
      await awaitWorkers(context.faultSandbox, context.temporal);
      const plan = {
        channels: CHANNELS,
        messages: size.messages,
        durationMs: size.durationMs,
        stops: STOPS,
      };
      await loader.offer(planMessages({ ...plan, random: random.fork("load") }));
      await loader.forge(
        planMessages({
          ...plan,
          messages: FORGED,
          stops: 0,
          random: random.fork("forged"),
          from: size.messages,
        }),
      );
    },
    injectFaults: (context) => injectKills(context, size, { hits, faultTimes }),
    faultTimes,
    async figures(ledger, context) {
      await countInterruptedCalls(context, ledger, { fault: "kill", hits });
      return replyTimeFigures(ledger);
    },
  });
}

async function injectKills(
  context: CampaignContext,
  { durationMs, kills: count, vendorFaults }: Size,
  { hits, faultTimes }: { hits: Interruption[]; faultTimes: FaultTime[] },
): Promise<void> {
  const { random, faults, faultSandbox, progress, shape } = context;
  const plan = random.fork("kills");
  const victims = victimsOf(shape);
  for (const victim of victims) faults.plan(`kill ${victim}`);
  for (const kind of [VENDOR_FAULT, WORK_HIT]) faults.plan(kind);
  planInterruptedCall(context, "kill");
  await awaitWorkers(faultSandbox, context.temporal);
  const begin = Date.now();
  // Each victim is killed equally often, in an order that the seed decides.
  const order = Array.from({ length: Math.ceil(count / victims.length) }, () => plan.shuffle(victims)).flat();
  for (const [i, victim] of order.slice(0, Math.max(count, victims.length)).entries()) {
    const from = Date.now();
    await injectVendorFault(context, vendorFaults);
    const due = begin + ((i + 0.5) * durationMs) / order.length;
    await sleep(Math.max(0, due - Date.now()));
    progress.tick(`  kills: ${i + 1} of ${order.length}, now ${victim}`);
    await countVendorFaults(context, from);
    const downFrom = Date.now();
    const killAndRestart = async () => {
      const hit = await kill(context, victim);
      if (hit !== null) hits.push(hit);
      await sleep(plan.int(LONGEST_DOWN_MS));
      await faultSandbox.sandbox.restart(victim);
    };
    await context.ambiguousTimes.during(killAndRestart, PROCESSES_OF_SENDS.has(victim));
    faultTimes.push({ name: `kill ${victim}`, target: victim, from: downFrom, until: Date.now() });
  }
  await waitForVendorFault(context);
}

function victimsOf(shape: Shape): string[] {
  return [...processesOf(shape).map(({ name }) => name), ...SERVERS];
}

/** Counts apart what the kill has interrupted. The process that calls the model is killed during a call. */
async function kill(context: CampaignContext, victim: string): Promise<Interruption | null> {
  const { faultSandbox, faults, shape } = context;
  const { sandbox } = faultSandbox;
  const { open } = await countOpen(faultSandbox.db).catch(() => ({ open: 0 }));
  const speedUp = victim === modelProcessOf(shape) ? await bringModelCall(context, victim) : null;
  const pid = sandbox.pidOf(victim);
  const killed = await killService(sandbox, victim);
  const at = Date.now();
  await speedUp?.();
  faults.fired(`kill ${victim}`, killed);
  faults.fired(WORK_HIT, open > 0 ? killed : 0);
  return speedUp !== null && killed > 0 ? { pid, at } : null;
}

/** On a busy machine the kills come so late that the load is over, so each kill during a call has messages of its own. */
async function bringModelCall(context: CampaignContext, victim: string): Promise<() => Promise<void>> {
  const { loader, random } = context;
  const from = FIRST_OF_KILLS + loader.offered.length;
  const plan = { channels: ["webhook"] as const, messages: MESSAGES_OF_KILL, durationMs: 1, perContact: 1 };
  await loader.offer(planMessages({ ...plan, random: random.fork(`kill ${from}`), from }));
  return await awaitModelCall(context, victim);
}

/** On a busy machine the vendor calls can come after the last kill. Then vendor faults continue until one has fired. */
async function waitForVendorFault(context: CampaignContext): Promise<void> {
  const until = Date.now() + LATE_FAULT_MS;
  while (context.faults.counts()[VENDOR_FAULT] === 0 && Date.now() < until) {
    const from = Date.now();
    await injectVendorFault(context, LATE_FAULT_SHARE);
    await sleep(LATE_FAULT_POLL_MS);
    await countVendorFaults(context, from);
  }
}

/** Makes some vendor calls fail. Only after a cut connection the caller cannot know whether the vendor has accepted the call. */
async function injectVendorFault(
  { faultSandbox: { sandbox } }: CampaignContext,
  probability: number,
): Promise<void> {
  const item = (fault: Fault) => ({ match: { method: "POST" as const }, times: null, probability, fault });
  const script = VENDOR_FAULTS.map(item);
  for (const url of VENDORS.map((name) => sandbox.urls[name])) await scriptFaults(url, script);
}

const VENDOR_FAULTS: readonly Fault[] = [
  { status: 429, headers: { "retry-after": "1" } },
  { status: 500 },
  { cut: true },
  { delay_ms: 1_500 },
];
const VENDORS = ["openai", "twilio", "sink", "telegram", "messenger", "whatsapp", "slack"] as const;

/** Counts and clears the faults before each kill, because the fakes may be the next victim. */
async function countVendorFaults(
  { faultSandbox: { sandbox }, faults, ambiguousTimes }: CampaignContext,
  from: number,
): Promise<void> {
  let responses = 0;
  for (const url of VENDORS.map((name) => sandbox.urls[name])) {
    for (const [i, fired] of (await readFiredFaults(url)).entries()) {
      faults.fired(VENDOR_FAULT, fired);
      if (VENDOR_FAULTS[i]?.cut === true) responses += fired;
    }
    await scriptFaults(url, []);
  }
  ambiguousTimes.add({ from, until: Date.now(), responses });
}
