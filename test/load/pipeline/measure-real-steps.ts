import type { ChannelAccount } from "../../../db/channel-account.ts";
import type { Stack } from "../../../infra/dev/stack.ts";
import { eventually } from "../../support/eventually.ts";
import { type AnswerTimes, answerTimes, countOpen } from "../answer-times.ts";
import { type BenchInstallation, openBenchInstallation, prepareDatabase } from "../bench-installation.ts";
import { type BenchIntake, openIntake } from "../bench-intake.ts";
import { cpuMs } from "../cpu-clock.ts";
import { delayModel } from "../model-delay.ts";
import { openTenant } from "../open-tenant.ts";
import { rounded } from "./figures.ts";
import { COMMON_RATE_PER_S } from "./measure-contestant.ts";
import type { BenchTemporal } from "./open-temporal.ts";

const WARM_UP = 40;
const ANSWERED_WITHIN_MS = 120_000;
const MODEL_MS = 800;
const WHOLE = { atOnce: 150, paced: 48 };
const QUICK = { atOnce: 20, paced: 6 };

export interface RealStepsReport {
  model_ms: number;
  messages: number;
  messages_per_s: number;
  cpu_ms_per_message: number;
  cpu_ms_per_message_by_group: Record<string, number>;
  /** From the row in the inbox to the acceptance of the answer by the channel, without the model's own time. */
  four_per_s: AnswerTimes;
}

interface Options {
  temporal: BenchTemporal;
  quick: boolean;
  tell(text: string): void;
}

/** The product itself, one worker process, databases and stand-ins beside it: what a message costs when every step does its work. */
export async function measureRealSteps(
  stack: Stack,
  { temporal, quick, tell }: Options,
): Promise<RealStepsReport[]> {
  const own = { ...stack, env: { ...stack.env, TEMPORAL_ADDRESS: temporal.address } };
  await prepareDatabase(own);
  const installation = await openBenchInstallation(own, { name: "pipeline", processes: ["worker"] });
  const intake = openIntake(installation, { fair: true });
  try {
    const account = await openTenant(installation, "bench");
    const desk = { stack: own, installation, intake, account, part: temporal.part };
    tell("  the real steps: warm-up");
    await sendAtOnce(desk, WARM_UP);
    const reports: RealStepsReport[] = [];
    for (const modelMs of [0, MODEL_MS]) {
      tell(`  the real steps, model ${modelMs} ms`);
      await delayModel(own, modelMs);
      reports.push(await measure(desk, { modelMs, ...(quick ? QUICK : WHOLE) }));
    }
    await delayModel(own, 0);
    return reports;
  } finally {
    await intake.close();
    await installation.close();
  }
}

interface Desk {
  stack: Stack;
  installation: BenchInstallation;
  intake: BenchIntake;
  account: ChannelAccount;
  /** Temporal's, in the stack. */
  part: string;
}

async function measure(
  desk: Desk,
  { modelMs, atOnce, paced }: { modelMs: number; atOnce: number; paced: number },
): Promise<RealStepsReport> {
  const parts = ["worker", desk.part, "postgres", "redis", "stand-ins"];
  const read = () => [...parts.map((part) => cpuMs(desk.stack.pidOf(part) ?? 0)), ownCpuMs()];
  const before = read();
  const elapsedMs = await sendAtOnce(desk, atOnce);
  const used = read().map((ms, i) => (ms - (before[i] ?? 0)) / atOnce);
  const times = await sendPaced(desk, paced);
  const { messages, ...latencies } = times;
  const added = Object.fromEntries(
    Object.entries(latencies).map(([name, ms]) => [name, rounded(ms - modelMs)]),
  );
  return {
    model_ms: modelMs,
    messages: atOnce,
    messages_per_s: rounded((atOnce * 1000) / elapsedMs),
    cpu_ms_per_message: rounded(used.reduce((sum, ms) => sum + ms, 0)),
    cpu_ms_per_message_by_group: Object.fromEntries(parts.map((part, i) => [part, rounded(used[i] ?? 0)])),
    four_per_s: { messages, ...added } as AnswerTimes,
  };
}

/** Of the benchmark's own process, in which the ingress runs here. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Each from a person of its own; resolves with the time until the last one was answered. */
async function sendAtOnce(desk: Desk, count: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: count }, async () => await say(desk)));
  await allAnswered(desk);
  return performance.now() - begin;
}

async function sendPaced(desk: Desk, count: number): Promise<AnswerTimes> {
  const ids: Promise<string>[] = [];
  for (let i = 0; i < count; i++) {
    ids.push(say(desk));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / COMMON_RATE_PER_S));
  }
  const said = await Promise.all(ids);
  await allAnswered(desk);
  return await answerTimes(desk.installation.db, said);
}

let people = 0;
function say({ intake, account }: Desk): Promise<string> {
  return intake.say(account, `person-${people++}`);
}

async function allAnswered({ installation }: Desk): Promise<void> {
  const isIdle = async () => (await countOpen(installation.db)) === 0;
  await eventually("answers to all messages", isIdle, ANSWERED_WITHIN_MS);
}
