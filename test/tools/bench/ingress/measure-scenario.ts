import { inArray } from "drizzle-orm";
import { inbox } from "../../../../db/schema/conversations.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import { countOpen } from "../installation/reply-times.ts";
import { type BenchInstallation, openBenchInstallation } from "../installation/bench-installation.ts";
import { prioritiseIngress } from "../machine/cpu-precedence.ts";
import { type CpuShares, watchCpu } from "../machine/cpu-shares.ts";
import { type createInboundLoad, type InboundLoad, LOAD_CHANNELS } from "../load/inbound-load.ts";
import type { Scenario } from "./ingress-scenarios.ts";
import { latencies, type Latencies } from "../load/latencies.ts";
import { type LoadResponse, type LoadRequest, openLoop } from "../load/open-loop.ts";

export const RATE_PER_S = 50;
export const SECONDS_PER_CHANNEL = 2;
const PER_CHANNEL = RATE_PER_S * SECONDS_PER_CHANNEL;
/** The warm-up: every path runs a few times and the worker builds its bundle, so that the start is not measured. */
const WARM_UP_PER_CHANNEL = 15;
const WARM_WITHIN_MS = 120_000;
/** The worker needs time to store messages that were inlined into the start of their workflow. */
const STORED_WITHIN_MS = 30_000;
/** The minimum of a server: no body, no signature, no store. Measured in the same process, at the same rate, under the same fault. */
const YARDSTICK: LoadRequest = { method: "GET", path: "/livez", headers: {}, body: null };

export interface ScenarioReport {
  scenario: string;
  all: Latencies;
  yardstick: Latencies;
  /** The latencies of all channels divided by those of the yardstick. */
  ratio: { p50: number; p99: number };
  /** Responses that were not 2xx, by status; 0 is no response. */
  refused: Record<string, number>;
  /** Accepted messages that are not in the inbox. The primary key excludes duplicates. */
  lost: number;
  /** The p99 of the event loop delay of the load itself, which is part of every latency. */
  load_lag_ms: number;
  /** True when ingress and database had the larger CPU share that docker-compose.yml gives them. */
  ingress_first: boolean;
  /** Cores in use while the messages were sent. */
  cpu: CpuShares;
  channels: Record<string, Latencies>;
}

interface LoadResult {
  load: InboundLoad[];
  answers: LoadResponse[];
  lagMs: number;
}

interface Sending {
  load: ReturnType<typeof createInboundLoad>;
  /** The name of the installation, unique on this sandbox. */
  name: string;
}

/** Sends the messages of every channel in turn during the scenario, then checks that every accepted message is stored. */
export async function measureScenario(
  sandbox: Sandbox,
  scenario: Scenario,
  { load, name }: Sending,
): Promise<ScenarioReport> {
  const installation = await openBenchInstallation(sandbox, { name, processes: ["api", "worker"] });
  const url = installation.config.PUBLIC_BASE_URL;
  try {
    const make = async (count: number) =>
      await Promise.all(LOAD_CHANNELS.map(async (channel) => await load.make(channel, count, installation)));
    await openLoop(url, requestsOf((await make(WARM_UP_PER_CHANNEL)).flat()), RATE_PER_S);
    const isIdle = async () => (await countOpen(installation.db)) === 0;
    await eventually("replies to all messages of the warm-up", isIdle, WARM_WITHIN_MS);
    const loads = await make(PER_CHANNEL);
    const isIngressFirst = await prioritiseIngress(sandbox);
    const { yardstick, sent, cpu } = await sendDuring(
      sandbox,
      scenario,
      async () => await sendAll(url, loads),
    );
    return {
      scenario: scenario.name,
      ...figures(yardstick, sent),
      ingress_first: isIngressFirst,
      cpu,
      lost: await countLost(installation, sent),
    };
  } finally {
    await installation.close();
  }
}

async function sendDuring<Result>(sandbox: Sandbox, scenario: Scenario, send: () => Promise<Result>) {
  await scenario.break(sandbox);
  try {
    const cpuSoFar = watchCpu(sandbox);
    return { ...(await send()), cpu: cpuSoFar() };
  } finally {
    await scenario.heal(sandbox);
  }
}

async function sendAll(
  url: string,
  loads: InboundLoad[][],
): Promise<{ yardstick: LoadResponse[]; sent: LoadResult[] }> {
  const bare = Array.from({ length: PER_CHANNEL }, () => YARDSTICK);
  const yardstick = (await openLoop(url, bare, RATE_PER_S)).answers;
  const sent: LoadResult[] = [];
  for (const load of loads) sent.push({ load, ...(await openLoop(url, requestsOf(load), RATE_PER_S)) });
  return { yardstick, sent };
}

function figures(
  bare: LoadResponse[],
  sent: LoadResult[],
): Omit<ScenarioReport, "scenario" | "lost" | "cpu" | "ingress_first"> {
  const answers = sent.flatMap((each) => each.answers);
  const [all, yardstick] = [latencies(answers), latencies(bare)];
  const refused = answers.filter((response) => !isAccepted(response));
  return {
    all,
    yardstick,
    ratio: { p50: ratio(all.p50_ms, yardstick.p50_ms), p99: ratio(all.p99_ms, yardstick.p99_ms) },
    refused: Object.fromEntries(
      [...Map.groupBy(refused, ({ status }) => String(status))].map(([status, { length }]) => [
        status,
        length,
      ]),
    ),
    load_lag_ms: Number(Math.max(...sent.map(({ lagMs }) => lagMs)).toFixed(1)),
    channels: Object.fromEntries(
      sent.map(({ load, answers: own }) => [load[0]?.channel ?? "", latencies(own)]),
    ),
  };
}

async function countLost({ db }: BenchInstallation, sent: LoadResult[]): Promise<number> {
  const accepted = sent.flatMap(({ load, answers }) =>
    load.filter((_, i) => answers[i] !== undefined && isAccepted(answers[i])),
  );
  const ids = accepted.map(({ providerMessageId }) => providerMessageId);
  const deadline = Date.now() + STORED_WITHIN_MS;
  for (;;) {
    const rows = await db
      .select({ id: inbox.providerMessageId })
      .from(inbox)
      .where(inArray(inbox.providerMessageId, ids));
    const lost = ids.length - rows.length;
    if (lost === 0 || Date.now() > deadline) return lost;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function requestsOf(load: readonly InboundLoad[]): LoadRequest[] {
  return load.map(({ request }) => request);
}

function isAccepted({ status }: LoadResponse): boolean {
  return status >= 200 && status < 300;
}

function ratio(value: number, yardstick: number): number {
  return Number((value / yardstick).toFixed(2));
}
