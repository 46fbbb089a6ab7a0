import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type DeploymentKey,
  describeDeployment,
  promoteVersion,
  rampVersion,
} from "../../../../../infra/cli/tasks/deployment.ts";
import { workerVersion } from "../../../../../infra/runtime/temporal/worker-version.ts";
import { eventually } from "../../../../support/eventually.ts";
import { changedWorkflows } from "../../../../replay/changed-workflows.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../../campaign.ts";

import { readRuns, type VersionedRun } from "./read-runs.ts";
import { GRACEFUL_END_MESSAGE, countLogLines } from "./count-log-lines.ts";
import { planMessages } from "../../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";
import { scriptFaults } from "../../script-faults.ts";

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
const WORKERS = ["worker", "model"] as const;
const CHANGED_WORKER = fileURLToPath(new URL("./changed-worker.ts", import.meta.url));
/** Every answer takes so long: several runs are under way at any moment, and so at that of the promotion. */
const MODEL_DELAY_MS = 3_000;
const RAMP_PERCENT = 30;
/** Runs that go on over a promotion; without any, the campaign shows nothing. */
const OPEN_AT_PROMOTION = "run open at the promotion";
const RAMPED = "run begun on a share";

/** What happened when, ms. */
interface DeployTimes {
  rampedAt: number;
  promotedAt: number;
  oldEndedAt: number;
}

/** Workflow code that no old history replays on is deployed beside the old one, while answers are being made. */
export const versions: Campaign = {
  name: "versions",
  description:
    "a second version of the workers with incompatible workflow code is ramped and promoted under load, and the first one drained; about 6 minutes a seed",
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
  // Asked once: somebody may be at work on the files.
  const old = buildOf();
  const { promise: isUp, resolve: up, reject: down } = Promise.withResolvers<void>();
  const moments: DeployTimes = { rampedAt: 0, promotedAt: 0, oldEndedAt: 0 };
  try {
    return await runUnderLoad(options, {
      campaign: "versions",
      env: { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, SHUTDOWN_GRACE_MS: "9000", LOG_LEVEL: "info" },
      async load({ loader, random }) {
        await isUp;
        const plan = { channels: CHANNELS, messages: size.messages, durationMs: size.durationMs };
        await loader.offer(planMessages({ ...plan, random: random.fork("load") }));
      },
      async injectKills(context) {
        await slowModel(context);
        await promoteWhenReady(context, old).then(up, down);
        await isUp;
        await deployChanged(context, { old, entry: changed.entry, durationMs: size.durationMs, moments });
      },
      figures: async (_ledger, context) =>
        figuresOf(context, await readRuns(context.temporal), {
          moments,
          old,
          next: buildOf(changed.entry),
        }),
    });
  } finally {
    changed.remove();
  }
}

const buildOf = (entry?: string) =>
  workerVersion({ TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT }, entry)?.buildId ?? "";

function keyOf({ faultSandbox: { config } }: CampaignContext): DeploymentKey {
  const { TEMPORAL_NAMESPACE: namespace, PARLEY_TASK_QUEUE: taskQueue } = config;
  return { namespace, deploymentName: DEPLOYMENT, taskQueue };
}

/** The new version comes up beside the old one, gets a share, gets everything; the old one ends when nothing runs on it any more. */
async function deployChanged(
  context: CampaignContext,
  {
    old,
    entry,
    durationMs,
    moments,
  }: { old: string; entry: string; durationMs: number; moments: DeployTimes },
): Promise<void> {
  const { faults, faultSandbox, temporal, progress } = context;
  faults.plan(OPEN_AT_PROMOTION);
  faults.plan(RAMPED);
  const begin = Date.now();
  const at = async (share: number) =>
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + share * durationMs - Date.now())));
  await at(0.15);
  await faultSandbox.sandbox.start({
    name: "next",
    command: process.execPath,
    args: [CHANGED_WORKER, join(dirname(entry), "versioned.ts")],
    env: { ...faultSandbox.env },
    isReady: async () => true,
  });
  await at(0.3);
  progress.tick("  versions: a share for the new version");
  await rampWhenReady(context, buildOf(entry));
  moments.rampedAt = Date.now();
  await at(0.55);
  progress.tick("  versions: the new version is promoted");
  await promoteWhenReady(context, buildOf(entry));
  moments.promotedAt = Date.now();
  await eventually(
    "the old version to be drained",
    async () =>
      (await describeDeployment(temporal, keyOf(context))).versions.find(
        ({ build_id: build }) => build === old,
      )?.may_end,
    60_000,
  );
  for (const name of WORKERS) await faultSandbox.sandbox.end(name);
  moments.oldEndedAt = Date.now();
}

async function promoteWhenReady(context: CampaignContext, build: string): Promise<void> {
  await eventually(`workers of ${build} to be promoted`, () =>
    promoteVersion(context.temporal, keyOf(context), build).then(
      () => true,
      () => false,
    ),
  );
}

async function rampWhenReady(context: CampaignContext, buildId: string): Promise<void> {
  const share = { buildId, percentage: RAMP_PERCENT };
  await eventually(`workers of ${buildId} to be ramped`, () =>
    rampVersion(context.temporal, keyOf(context), share).then(
      () => true,
      () => false,
    ),
  );
}

async function slowModel({ faultSandbox: { sandbox } }: CampaignContext): Promise<void> {
  const script = [{ match: { path: "/v1/responses" }, times: null, fault: { delay_ms: MODEL_DELAY_MS } }];
  await scriptFaults(sandbox.urls.openai, script);
}

function figuresOf(
  { faults, faultSandbox }: CampaignContext,
  runs: readonly VersionedRun[],
  { moments, old, next }: { moments: DeployTimes; old: string; next: string },
): Figure[] {
  const { rampedAt, promotedAt, oldEndedAt } = moments;
  const answered = runs.filter(({ retrieved }) => retrieved > 0);
  const over = runs.filter((each) => each.startedAt < promotedAt && each.closedAt > promotedAt);
  const isNew = ({ builds }: VersionedRun) => builds.includes(next);
  faults.fired(OPEN_AT_PROMOTION, over.filter((each) => !isNew(each)).length);
  faults.fired(
    RAMPED,
    runs.filter((each) => isNew(each) && each.startedAt > rampedAt && each.startedAt < promotedAt).length,
  );
  const moved = runs.filter(({ builds }) => builds.length !== 1);
  // The changed code retrieves twice in every turn, the old code once; several turns may be in one run.
  const misread = answered.filter((each) => isNew(each) && each.retrieved % 2 !== 0);
  const late = runs.filter(({ startedAt, builds }) => startedAt > oldEndedAt && !builds.includes(next));
  const inOrder = WORKERS.filter(
    (name) => countLogLines(faultSandbox.dataDir, name, GRACEFUL_END_MESSAGE) === 1,
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
    some(
      "runs_ended_on_the_old_version",
      runs.filter(({ builds }) => builds.includes(old)).length,
      runs.length,
    ),
    some("runs_ended_on_the_new_version", runs.filter(isNew).length, runs.length),
    buildZeroFigure("old_workers_without_graceful_end", WORKERS.length - inOrder, WORKERS.length),
  ];
}

function buildZeroFigure(figure: string, value: number, n: number): Figure {
  return { figure, value, target: "0", n, ok: value === 0 && n > 0 };
}

function some(figure: string, value: number, n: number): Figure {
  return { figure, value, target: "more than 0", n, ok: value > 0 };
}
