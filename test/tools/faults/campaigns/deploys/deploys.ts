import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../../../../infra/sandbox/ports.ts";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import { STOPPED_MESSAGE, WORKER_RUNNING_MESSAGE } from "../../../../../infra/runtime/log-messages.ts";
import { eventually } from "../../../../support/eventually.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../../campaign.ts";
import { countLogLines } from "./count-log-lines.ts";
import { type Balancer, openBalancer } from "../../environment/open-balancer.ts";
import { countInterruptedCalls, type Interruption, planInterruptedCall } from "../../interrupted-calls.ts";
import { recordSpoolTimes, readSpoolTimes } from "../../environment/spool-times.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import { planMessages } from "../../load/message-plan.ts";
import type { FaultSandbox } from "../../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";
import { modelProcessOf, type Shape, workersOf } from "../../shape.ts";
import { awaitModelCall } from "../../slow-model.ts";

interface Size {
  messages: number;
  durationMs: number;
  rounds: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 80, durationMs: 40_000, rounds: 2 },
  full: { messages: 1_500, durationMs: 300_000, rounds: 10 },
};
const PARLEY = fileURLToPath(new URL("../../../../../infra/cli/parley.ts", import.meta.url));
const CHANNELS = ["webhook", "twilio-sms", "telegram", "messenger", "whatsapp", "slack"] as const;
const APIS = ["api-1", "api-2"] as const;
const SERVERS = ["temporal", "postgres", "redis"] as const;
/** A worker finishes its sends before it ends, and these may lose the record of a send. */
const MAY_LOSE_RESPONSES: ReadonlySet<string> = new Set(["temporal", "postgres"]);
/** Shorter than the time after which the supervisor kills a process. */
const GRACE_MS = 9_000;
/** The balancer checks every 100 ms, and this process also runs the load. */
const UNREADY_MS = 1_500;

/** Every process is stopped gracefully and restarted, one after the other, in several rounds. */
export const deploys: Campaign = {
  name: "deploys",
  description:
    "rolling restarts of two ingresses, workers, Temporal, Postgres and Redis under load; about 7 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  const [front = 0, ...ports] = await freePorts(1 + APIS.length);
  const balancer = await openBalancer(
    front,
    ports.map((port) => `http://127.0.0.1:${port}`),
  );
  // Temporal and PostgreSQL can be restarted in direct succession, and the first may still be starting when the second ends.
  const spools = APIS.map(() => mkdtempSync(join(tmpdir(), "parley-spool-")));
  for (const folder of spools) recordSpoolTimes(folder);
  const hits: Interruption[] = [];
  const { promise: isUp, resolve: up, reject: down } = Promise.withResolvers<void>();
  try {
    return await runUnderLoad(options, {
      campaign: "deploys",
      processes: workersOf(options.shape),
      env: {
        PUBLIC_BASE_URL: `http://127.0.0.1:${front}`,
        SHUTDOWN_GRACE_MS: String(GRACE_MS),
        SHUTDOWN_UNREADY_MS: String(UNREADY_MS),
        LOG_LEVEL: "info",
      },
      async load({ loader, random }) {
        await isUp;
        const plan = { channels: CHANNELS, messages: size.messages, durationMs: size.durationMs };
        await loader.offer(planMessages({ ...plan, random: random.fork("load") }));
      },
      async injectFaults(context) {
        await startApis(context.faultSandbox, { ports, spools, balancer }).then(up, down);
        await isUp;
        await restartAll(context, size, hits);
      },
      durableElsewhere: ({ faultSandbox: { config } }) =>
        readSpoolTimes(spools, createConfiguredVault(config)),
      async figures(ledger, context) {
        await countInterruptedCalls(context, ledger, { fault: "restart", hits });
        return figuresOf(context, balancer, size);
      },
    });
  } finally {
    balancer.close();
    for (const folder of spools) rmSync(folder, { recursive: true, force: true });
  }
}

async function startApis(
  { sandbox, env }: FaultSandbox,
  { ports, spools, balancer }: { ports: readonly number[]; spools: readonly string[]; balancer: Balancer },
): Promise<void> {
  for (const [i, name] of APIS.entries()) {
    const port = String(ports[i]);
    await sandbox.start({
      name,
      command: process.execPath,
      args: [PARLEY, "api"],
      // Two ingresses cannot listen on the same port of the codec server.
      env: { ...env, PORT: port, CODEC_SERVER_PORT: "", SPOOL_DIR: spools[i] ?? "" },
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
    });
  }
  await eventually("both ingresses", async () => balancer.readyCount() === APIS.length);
}

async function restartAll(
  context: CampaignContext,
  { rounds, durationMs }: Size,
  hits: Interruption[],
): Promise<void> {
  const { random, faults, progress, shape } = context;
  const plan = random.fork("restarts");
  const victims = [...processNames(shape), ...SERVERS];
  planInterruptedCall(context, "restart");
  for (const victim of victims) faults.plan(`restart ${victim}`);
  const order = Array.from({ length: rounds }, () => plan.shuffle(victims)).flat();
  const begin = Date.now();
  for (const [i, victim] of order.entries()) {
    const due = begin + (i * durationMs) / order.length;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
    progress.tick(`  deploys: ${i + 1} of ${order.length}, now ${victim}`);
    await context.ambiguousTimes.during(() => restart(context, victim, hits), MAY_LOSE_RESPONSES.has(victim));
    faults.fired(`restart ${victim}`);
  }
}

function processNames(shape: Shape): string[] {
  return [...APIS, ...workersOf(shape).map(({ name }) => name)];
}

/** Resolves when the process works again: a stop before that would interrupt no work. */
async function restart(context: CampaignContext, victim: string, hits: Interruption[]): Promise<void> {
  const { faultSandbox, shape } = context;
  const { sandbox, dataDir } = faultSandbox;
  const isWorker = workersOf(shape).some(({ name }) => name === victim);
  const before = isWorker ? countLogLines(dataDir, victim, WORKER_RUNNING_MESSAGE) : 0;
  const speedUp = victim === modelProcessOf(shape) ? await awaitModelCall(context, victim) : null;
  if (speedUp !== null) hits.push({ pid: sandbox.pidOf(victim), at: Date.now() });
  await Promise.all([sandbox.restart(victim), speedUp?.()]);
  if (!isWorker) return;
  await eventually(
    `${victim} to run`,
    async () => countLogLines(dataDir, victim, WORKER_RUNNING_MESSAGE) > before,
  );
}

function figuresOf(
  { loader, faultSandbox, faults, shape }: CampaignContext,
  balancer: Balancer,
  { rounds }: Size,
): Figure[] {
  const ours = processNames(shape);
  const attempts = loader.offered.flatMap((message: OfferedMessage) => message.attempts);
  const bad = attempts.filter(({ status }) => status === 0 || status >= 500).length;
  const restarts = ours.reduce((sum, name) => sum + (faults.counts()[`restart ${name}`] ?? 0), 0);
  const notGraceful = ours.reduce((sum, name) => {
    const requested = faults.counts()[`restart ${name}`] ?? 0;
    return sum + Math.abs(requested - countLogLines(faultSandbox.dataDir, name, STOPPED_MESSAGE));
  }, 0);
  return [
    buildZeroFigure(
      "posts_without_success_response",
      bad,
      attempts.length,
      "no 5xx and no lost connection at a balancer",
    ),
    buildZeroFigure("requests_rejected_by_a_ready_ingress", balancer.refused(), attempts.length, "0"),
    buildZeroFigure("ends_without_graceful_end", notGraceful, restarts, "every process finishes its work"),
    {
      figure: "restarts_of_each_process",
      value: Math.floor(restarts / ours.length),
      target: `${rounds}`,
      n: restarts,
      ok: restarts === rounds * ours.length,
    },
  ];
}

function buildZeroFigure(figure: string, value: number, n: number, target: string): Figure {
  return { figure, value, target, n, ok: value === 0 && n > 0 };
}
