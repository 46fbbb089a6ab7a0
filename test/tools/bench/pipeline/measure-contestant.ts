import { cpuMs, machineCpuMs } from "../machine/cpu-clock.ts";
import type { BenchServers } from "./servers/bench-servers.ts";
import type { ContestantChild } from "./contestants/contestant-child.ts";
import { CONTESTANTS, type ContestantName, type Server } from "./contestants/registry.ts";

/** The duration of each part of a round. A short round only proves that the benchmark works. */
export interface Pace {
  rounds: number;
  fullSeconds: number;
  halfSeconds: number;
  /** At the common rate. */
  commonSeconds: number;
  /** At the common rate, with a slow model. */
  slowSeconds: number;
}

export const COMMON_RATE_PER_S = 4;
/** The precision of a schedule in one process. */
const MOST_PER_S = 500;
const MODEL_MS = 800;
/** With a slow model all contestants have the same number of messages in flight, because these only wait for the model. */
const MODEL_IN_FLIGHT = 200;
const SETTLE_MS = 300;

/** CPU-ms per message, by process. */
export type CpuPerMessage = { own: number } & Partial<Record<Server, number>>;

export interface Round {
  messagesPerS: number;
  cpu: CpuPerMessage;
  halfRatePerS: number;
  halfMs: number[];
  commonMs: number[];
  /** Cores that other processes used during the full load. */
  othersCores: number;
}

export interface SlowModelRound {
  messagesPerS: number;
  inFlight: number;
  /** Without the time of the model. */
  addedMs: number[];
}

interface Measured {
  name: ContestantName;
  child: ContestantChild;
  servers: Pick<BenchServers, "cpuMs">;
}

export async function measureRound(measured: Measured, pace: Pace): Promise<Round> {
  const { name, child } = measured;
  const withoutWait = (latencies: number[]) => latencies.map((ms) => ms - waitOf(name));
  const { messages: _count, ...full } = await measureFull(measured, pace.fullSeconds);
  const halfRatePerS = Math.min(full.messagesPerS / 2, MOST_PER_S);
  const half = await child.load({
    kind: "paced",
    ratePerS: halfRatePerS,
    messages: Math.max(1, Math.round(halfRatePerS * pace.halfSeconds)),
    modelMs: 0,
  });
  const common = await child.load({ ...commonLoad(pace.commonSeconds), modelMs: 0 });
  return {
    ...full,
    halfRatePerS,
    halfMs: withoutWait(half.latenciesMs),
    commonMs: withoutWait(common.latenciesMs),
  };
}

export async function measureFull({ name, child, servers }: Measured, seconds: number) {
  const groups = CONTESTANTS[name].servers;
  const read = () => [cpuMs(child.pid), ...groups.map((server) => servers.cpuMs(server)), machineCpuMs()];
  const [before, begin] = [read(), performance.now()];
  const order = { kind: "full", inFlight: CONTESTANTS[name].inFlight, seconds, modelMs: 0 } as const;
  const { messages, elapsedMs } = await child.load(order);
  // The work after the last step is part of the cost too.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const used = read().map((ms, i) => ms - (before[i] ?? 0));
  const cpu = Object.fromEntries(
    ["own", ...groups].map((group, i) => [group, (used[i] ?? 0) / messages]),
  ) as CpuPerMessage;
  const spent = used.slice(0, -1).reduce((sum, ms) => sum + ms, 0);
  const othersCores = Math.max(0, ((used.at(-1) ?? 0) - spent) / (performance.now() - begin));
  return { messages, messagesPerS: (messages * 1000) / elapsedMs, cpu, othersCores };
}

export async function measureSlowModel({ name, child }: Measured, pace: Pace): Promise<SlowModelRound> {
  const order = {
    kind: "full",
    inFlight: MODEL_IN_FLIGHT,
    seconds: pace.fullSeconds,
    modelMs: MODEL_MS,
  } as const;
  const { messages, elapsedMs } = await child.load(order);
  const common = await child.load({ ...commonLoad(pace.slowSeconds), modelMs: MODEL_MS });
  return {
    messagesPerS: (messages * 1000) / elapsedMs,
    inFlight: MODEL_IN_FLIGHT,
    addedMs: common.latenciesMs.map((ms) => ms - MODEL_MS - waitOf(name)),
  };
}

function waitOf(name: ContestantName): number {
  const entry = CONTESTANTS[name];
  return "waitMs" in entry ? entry.waitMs : 0;
}

function commonLoad(seconds: number) {
  return {
    kind: "paced",
    ratePerS: COMMON_RATE_PER_S,
    messages: COMMON_RATE_PER_S * seconds,
  } as const;
}
