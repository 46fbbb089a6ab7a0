import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { freePorts } from "../../../../infra/sandbox/ports.ts";
import type { CampaignReport } from "../campaign.ts";
import { type Edges, isStore, openEdges } from "../campaigns/lost-responses/open-edges.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { type Balancer, openBalancer } from "../environment/open-balancer.ts";
import { openSkewedClock, type SkewedClock } from "../environment/skewed-clock.ts";
import { readSpoolTimes, recordSpoolTimes } from "../environment/spool-times.ts";
import type { FaultTime } from "../ledger/ledger.ts";
import type { ParleyProcess } from "../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { workersOf } from "../shape.ts";
import { injectFault } from "./fault-kinds.ts";
import type { Action, RoundPlan } from "./round-plan.ts";
import type { RoundContext } from "./round-context.ts";
import { planStory } from "./stories.ts";

/** Runs the actions of a round on a new installation, and judges it. */
export async function runRound(
  { name, settings, actions, seed }: RoundPlan & { name: string },
  progress: Progress,
): Promise<CampaignReport> {
  const opened: { close(): unknown }[] = [];
  const spools = settings.hasSpool ? openSpools(settings.ingresses) : [];
  const faultTimes: FaultTime[] = [];
  const { promise: isUp, resolve: up, reject: down } = Promise.withResolvers<RoundContext>();
  try {
    const clocks = await openClocks(actions, progress);
    opened.push(...clocks.values());
    const { balancer, ports } = await openIngresses(settings.ingresses);
    if (balancer !== null) opened.push(balancer.open);
    const stories = actions.filter((action) => action.kind === "story");
    const faults = actions.filter((action) => action.kind === "fault");
    return await runUnderLoad(
      { seed, scale: "short", shape: settings.shape, progress },
      {
        campaign: name,
        hasEventEndpoint: true,
        processes: [],
        supersede: settings.supersede,
        env: {
          PARLEY_DAILY_BUDGET_USD: "100000",
          ...(balancer !== null && { PUBLIC_BASE_URL: `http://127.0.0.1:${balancer.port}` }),
        },
        async load(context) {
          const prepare = async (): Promise<RoundContext> => {
            const { shape } = settings;
            const edgeOptions = { shape, isWanted: isStore };
            const random = context.random.fork("proxies");
            const edges = await openEdges(context.faultSandbox, random, edgeOptions);
            opened.push(edges);
            const processes = planProcesses({ ...settings, edges, clocks, spools, ports });
            for (const each of processes) await context.faultSandbox.startProcess(each);
            await awaitWorkers(context.faultSandbox, context.temporal);
            await context.agent.open();
            return { ...context, edges, processes, clocks, faultTimes, runAlone: createTurns() };
          };
          await prepare().then(up, down);
          await isUp;
          await context.loader.offer(stories.flatMap(planStory));
        },
        async injectFaults() {
          const context = await isUp;
          await Promise.all(faults.map(async (fault) => await injectFault(context, fault)));
        },
        durableElsewhere: ({ faultSandbox: { config } }: CampaignContext) =>
          readSpoolTimes(spools, createConfiguredVault(config)),
        faultTimes,
      },
    );
  } finally {
    for (const each of opened) await each.close();
    for (const folder of spools) rmSync(folder, { recursive: true, force: true });
  }
}

function openSpools(count: number): string[] {
  return Array.from({ length: count }, () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
    recordSpoolTimes(folder);
    return folder;
  });
}

/** Only the processes whose clock is skewed in this round load the library that does it. */
async function openClocks(actions: readonly Action[], progress: Progress): Promise<Map<string, SkewedClock>> {
  const clocks = new Map<string, SkewedClock>();
  for (const process of ["api", "worker"])
    if (actions.some(({ name }) => name === `clock_of_${process}_ahead`))
      clocks.set(process, await openSkewedClock(progress));
  return clocks;
}

interface Ingresses {
  ports: readonly number[];
  balancer: { port: number; open: Balancer } | null;
}

async function openIngresses(count: 1 | 2): Promise<Ingresses> {
  if (count === 1) return { ports: [], balancer: null };
  const [front = 0, ...ports] = await freePorts(1 + count);
  const backends = ports.map((port) => `http://127.0.0.1:${port}`);
  return { ports, balancer: { port: front, open: await openBalancer(front, backends) } };
}

function planProcesses({
  shape,
  workers,
  ingresses,
  edges,
  clocks,
  spools,
  ports,
}: RoundPlan["settings"] & {
  edges: Edges;
  clocks: ReadonlyMap<string, SkewedClock>;
  spools: readonly string[];
  ports: readonly number[];
}): ParleyProcess[] {
  const createEach = (role: string, count: number, of: (i: number) => Omit<ParleyProcess, "name">) =>
    Array.from({ length: count }, (_, i) => {
      const name = i === 0 ? role : `${role}-${i + 1}`;
      const process = of(i);
      return { name, ...process, env: { ...edges.envOf(role), ...clocks.get(name)?.env, ...process.env } };
    });
  return [
    ...createEach("api", ingresses, (i) => ({
      args: ["api"],
      env: {
        ...(ports[i] !== undefined && { PORT: String(ports[i]) }),
        ...(spools[i] !== undefined && { SPOOL_DIR: spools[i] }),
        // Two ingresses cannot listen on the same port of the codec server.
        CODEC_SERVER_PORT: "",
      },
    })),
    ...workersOf(shape).flatMap(({ name, args }) =>
      createEach(name, name === "worker" ? workers : 1, () => ({ args })),
    ),
  ];
}

/** Work at one target runs in turn. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(target: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(target) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(target, mine);
    return await mine;
  };
}
