import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { type ReplyTimes, readReplyTimes, awaitIdle } from "../installation/reply-times.ts";
import {
  type BenchInstallation,
  openBenchInstallation,
  prepareDatabase,
} from "../installation/bench-installation.ts";
import { type BenchIngress, openBenchIngress } from "../installation/bench-ingress.ts";
import { watchServices } from "../machine/service-clock.ts";
import { watchCompletions } from "../installation/count-completions.ts";
import { delayModel } from "../installation/model-delay.ts";
import { openTenant } from "../installation/open-tenant.ts";
import { round } from "./figures.ts";
import { COMMON_RATE_PER_S } from "./measure-contestant.ts";
import type { BenchTemporal } from "./servers/open-temporal.ts";

const WARM_UP = 40;
const MODEL_MS = 800;
const WHOLE = { atOnce: 150, paced: 48 };
const QUICK = { atOnce: 20, paced: 6 };

export interface RealStepsReport {
  model_ms: number;
  messages: number;
  messages_per_s: number;
  cpu_ms_per_message: number;
  cpu_ms_per_message_by_group: Record<string, number>;
  /** From the inbox row to the acceptance of the reply by the channel, without the time of the model. */
  four_per_s: ReplyTimes;
}

interface Options {
  temporal: BenchTemporal;
  quick: boolean;
  reportProgress(text: string): void;
}

/** Measures the product itself with one worker process, real databases and fakes: the cost of a message when every step does its work. */
export async function measureRealSteps(
  sandbox: Sandbox,
  { temporal, quick, reportProgress }: Options,
): Promise<RealStepsReport[]> {
  const own = { ...sandbox, env: { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address } };
  await prepareDatabase(own);
  const installation = await openBenchInstallation(own, { name: "pipeline", processes: ["worker"] });
  const ingress = openBenchIngress(installation, { fair: true });
  try {
    const account = await openTenant(installation, "bench");
    const setup = { sandbox: own, installation, ingress, account, service: temporal.service };
    reportProgress("  the real steps: warm-up");
    await sendAtOnce(setup, WARM_UP);
    const reports: RealStepsReport[] = [];
    for (const modelMs of [0, MODEL_MS]) {
      reportProgress(`  the real steps, model ${modelMs} ms`);
      await delayModel(own, modelMs);
      reports.push(await measure(setup, { modelMs, ...(quick ? QUICK : WHOLE) }));
    }
    await delayModel(own, 0);
    return reports;
  } finally {
    await ingress.close();
    await installation.close();
  }
}

interface Setup {
  sandbox: Sandbox;
  installation: BenchInstallation;
  ingress: BenchIngress;
  account: ChannelAccount;
  /** The name of the Temporal service in the sandbox. */
  service: string;
}

async function measure(
  setup: Setup,
  { modelMs, atOnce, paced }: { modelMs: number; atOnce: number; paced: number },
): Promise<RealStepsReport> {
  const services = ["worker", setup.service, "postgres", "redis", "fakes"];
  const requireCompletions = await watchCompletions(setup.sandbox);
  const [servicesSoFar, own] = [watchServices(setup.sandbox, services), ownCpuMs()];
  const elapsedMs = await sendAtOnce(setup, atOnce);
  const used = [...servicesSoFar(), ownCpuMs() - own].map((ms) => ms / atOnce);
  const times = await sendPaced(setup, paced);
  await requireCompletions(atOnce + paced);
  const { messages, ...latencies } = times;
  const added = Object.fromEntries(
    Object.entries(latencies).map(([name, ms]) => [name, round(ms - modelMs)]),
  );
  return {
    model_ms: modelMs,
    messages: atOnce,
    messages_per_s: round((atOnce * 1000) / elapsedMs),
    cpu_ms_per_message: round(used.reduce((sum, ms) => sum + ms, 0)),
    cpu_ms_per_message_by_group: Object.fromEntries(
      services.map((service, i) => [service, round(used[i] ?? 0)]),
    ),
    four_per_s: { messages, ...added } as ReplyTimes,
  };
}

/** CPU time of the process of the benchmark, which contains the ingress. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Sends messages, each from its own contact. Resolves with the time until the last reply. */
async function sendAtOnce(setup: Setup, count: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: count }, async () => await sendMessage(setup)));
  await awaitIdle(setup.installation.db);
  return performance.now() - begin;
}

async function sendPaced(setup: Setup, count: number): Promise<ReplyTimes> {
  const ids: Promise<string>[] = [];
  for (let i = 0; i < count; i++) {
    ids.push(sendMessage(setup));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / COMMON_RATE_PER_S));
  }
  const said = await Promise.all(ids);
  await awaitIdle(setup.installation.db);
  return await readReplyTimes(setup.installation.db, said);
}

let contacts = 0;
function sendMessage({ ingress, account }: Setup): Promise<string> {
  return ingress.sendMessage(account, `person-${contacts++}`);
}
