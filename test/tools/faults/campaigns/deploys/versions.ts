import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type DeploymentKey,
  describeDeployment,
  promoteVersion,
  rampVersion,
} from "../../../../../infra/cli/tasks/deployment.ts";
import { workerVersion } from "../../../../../infra/runtime/temporal/worker-version.ts";
import { STOPPED_MESSAGE, WORKER_RUNNING_MESSAGE } from "../../../../../infra/runtime/log-messages.ts";
import { eventually } from "../../../../support/eventually.ts";
import { changedWorkflows } from "../../../../replay/changed-workflows.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../../campaign.ts";
import { readRuns, type VersionedRun } from "./read-runs.ts";
import { countLogLines } from "./count-log-lines.ts";
import { planMessages } from "../../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";
import { delayModel } from "../../script-faults.ts";
import { BATCH_WORKER, processesOf, type Shape, workersOf } from "../../shape.ts";

interface Size {
  messages: number;
  durationMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 80, durationMs: 30_000 },
  full: { messages: 1_200, durationMs: 240_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "messenger", "whatsapp", "slack"] as const;
const DEPLOYMENT = "faults";
const CHANGED_WORKER = fileURLToPath(new URL("./changed-worker.ts", import.meta.url));
/**
 * The delay of every completion, so that several runs are open at any time, also at the promotion. A slower model would move its calls out
 * of the workflow task.
 */
const MODEL_DELAY_MS = 2_500;
/** A worker bundles its workflow code before it polls, which takes long on a busy machine. */
const WORKERS_WITHIN_MS = 120_000;
const RAMP_PERCENT = 30;
/** Without a run that is open during the promotion, the campaign proves nothing. */
const OPEN_AT_PROMOTION = "run open at the promotion";
const RAMPED = "run started during the ramp";

/** The times of the steps, ms. */
interface DeployTimes {
  rampedAt: number;
  promotedAt: number;
  oldEndedAt: number;
}

/** A new version of the workflow code, which cannot replay old histories, is deployed next to the old version under load. */
export const versions: Campaign = {
  name: "versions",
  description:
    "a second worker version with incompatible workflow code is ramped and promoted under load, and the first version is drained; about 6 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  const changed = changedWorkflows([
    {
      file: "message.ts",
      find: "const route = await steps.retrieve({ turnId });",
      put: "await steps.retrieve({ turnId });\n    const route = await steps.retrieve({ turnId });",
    },
  ]);
  // Computed once, because the files may change during the run.
  const old = buildOf();
  const { promise: isUp, resolve: up, reject: down } = Promise.withResolvers<void>();
  const deployTimes: DeployTimes = { rampedAt: 0, promotedAt: 0, oldEndedAt: 0 };
  try {
    return await runUnderLoad(options, {
      campaign: "versions",
      processes: [...processesOf(options.shape), BATCH_WORKER],
      env: { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, SHUTDOWN_GRACE_MS: "9000", LOG_LEVEL: "info" },
      async load({ loader, random }) {
        await isUp;
        const plan = { channels: CHANNELS, messages: size.messages, durationMs: size.durationMs };
        await loader.offer(planMessages({ ...plan, random: random.fork("load") }));
      },
      async injectFaults(context) {
        await delayModel(context.faultSandbox.sandbox.urls.openai, MODEL_DELAY_MS);
        const ready = promoteWhenReady(context, old);
        await ready.then(() => startChanged(context, changed.entry)).then(up, down);
        await isUp;
        await deployChanged(context, { old, entry: changed.entry, durationMs: size.durationMs, deployTimes });
      },
      figures: async (_ledger, context) =>
        figuresOf(context, await readRuns(context.temporal), {
          deployTimes,
          old,
          next: buildOf(changed.entry),
        }),
    });
  } finally {
    changed.remove();
  }
}

function oldWorkersOf(shape: Shape) {
  return [...workersOf(shape), BATCH_WORKER];
}

const buildOf = (entry?: string) =>
  workerVersion({ TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT }, entry)?.buildId ?? "";

function keyOf({ faultSandbox: { config } }: CampaignContext): DeploymentKey {
  const { TEMPORAL_NAMESPACE: namespace, PARLEY_TASK_QUEUE: taskQueue } = config;
  return { namespace, deploymentName: DEPLOYMENT, taskQueue };
}

/** Before the load: a worker starts so late on a busy machine that no message would be left for the ramp. */
async function startChanged({ faultSandbox }: CampaignContext, entry: string): Promise<void> {
  const name = "next";
  await faultSandbox.sandbox.start({
    name,
    command: process.execPath,
    args: [CHANGED_WORKER, join(dirname(entry), "versioned.ts")],
    env: { ...faultSandbox.env },
    isReady: async () => countLogLines(faultSandbox.dataDir, name, WORKER_RUNNING_MESSAGE) > 0,
    readyWithinMs: WORKERS_WITHIN_MS,
  });
}

/** Ramps the new version, promotes it, and stops the old version when it has no open run. */
async function deployChanged(
  context: CampaignContext,
  {
    old,
    entry,
    durationMs,
    deployTimes,
  }: { old: string; entry: string; durationMs: number; deployTimes: DeployTimes },
): Promise<void> {
  const { faults, faultSandbox, temporal, progress, shape } = context;
  faults.plan(OPEN_AT_PROMOTION);
  faults.plan(RAMPED);
  const begin = Date.now();
  const at = async (share: number) =>
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + share * durationMs - Date.now())));
  await at(0.3);
  progress.tick("  versions: the new version is ramped");
  await rampWhenReady(context, buildOf(entry));
  deployTimes.rampedAt = Date.now();
  await at(0.55);
  progress.tick("  versions: the new version is promoted");
  await promoteWhenReady(context, buildOf(entry));
  deployTimes.promotedAt = Date.now();
  await eventually(
    "the old version to be drained",
    async () =>
      (await describeDeployment(temporal, keyOf(context))).versions.find(
        ({ build_id: build }) => build === old,
      )?.may_end,
    60_000,
  );
  for (const { name } of oldWorkersOf(shape)) await faultSandbox.sandbox.end(name);
  deployTimes.oldEndedAt = Date.now();
}

async function promoteWhenReady(context: CampaignContext, build: string): Promise<void> {
  await eventually(
    `workers of ${build} to be promoted`,
    () =>
      promoteVersion(context.temporal, keyOf(context), build).then(
        () => true,
        () => false,
      ),
    WORKERS_WITHIN_MS,
  );
}

async function rampWhenReady(context: CampaignContext, buildId: string): Promise<void> {
  const share = { buildId, percentage: RAMP_PERCENT };
  await eventually(
    `workers of ${buildId} to be ramped`,
    () =>
      rampVersion(context.temporal, keyOf(context), share).then(
        () => true,
        () => false,
      ),
    WORKERS_WITHIN_MS,
  );
}

function figuresOf(
  { faults, faultSandbox, shape }: CampaignContext,
  runs: readonly VersionedRun[],
  { deployTimes, old, next }: { deployTimes: DeployTimes; old: string; next: string },
): Figure[] {
  const { rampedAt, promotedAt, oldEndedAt } = deployTimes;
  const answered = runs.filter(({ retrieved }) => retrieved > 0);
  const over = runs.filter((each) => each.startedAt < promotedAt && each.closedAt > promotedAt);
  const isNew = ({ builds }: VersionedRun) => builds.includes(next);
  faults.fired(OPEN_AT_PROMOTION, over.filter((each) => !isNew(each)).length);
  faults.fired(
    RAMPED,
    runs.filter((each) => isNew(each) && each.startedAt > rampedAt && each.startedAt < promotedAt).length,
  );
  const moved = runs.filter(({ builds }) => builds.length !== 1);
  // The changed code retrieves twice in every turn, the old code once. A run may have several turns.
  const misread = answered.filter((each) => isNew(each) && each.retrieved % 2 !== 0);
  const late = runs.filter(({ startedAt, builds }) => startedAt > oldEndedAt && !builds.includes(next));
  const workers = oldWorkersOf(shape);
  const graceful = workers.filter(
    ({ name }) => countLogLines(faultSandbox.dataDir, name, STOPPED_MESSAGE) === 1,
  ).length;
  return [
    buildZeroFigure(
      "workflow_tasks_failed",
      runs.reduce((sum, each) => sum + each.failedTasks, 0),
      runs.length,
    ),
    buildZeroFigure("runs_that_changed_their_version", moved.length, runs.length),
    buildZeroFigure("runs_of_the_new_version_on_old_code", misread.length, answered.length),
    buildZeroFigure("runs_on_the_old_version_after_its_end", late.length, runs.length),
    buildPositiveFigure(
      "runs_ended_on_the_old_version",
      runs.filter(({ builds }) => builds.includes(old)).length,
      runs.length,
    ),
    buildPositiveFigure("runs_ended_on_the_new_version", runs.filter(isNew).length, runs.length),
    buildZeroFigure("old_workers_without_graceful_end", workers.length - graceful, workers.length),
  ];
}

function buildZeroFigure(figure: string, value: number, n: number): Figure {
  return { figure, value, target: "0", n, ok: value === 0 && n > 0 };
}

function buildPositiveFigure(figure: string, value: number, n: number): Figure {
  return { figure, value, target: "more than 0", n, ok: value > 0 };
}
