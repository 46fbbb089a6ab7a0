import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions as WorkerSettings } from "@temporalio/worker";
import type { Client } from "@temporalio/client";
import { createAlerts } from "../../db/health/alerts.ts";
import { createStepFailures } from "../../db/health/step-failures.ts";
import { watchClock } from "../../db/connection/watch-clock.ts";
import type { Config } from "../../infra/runtime/config/config.ts";
import { listAnsweringSecrets, requireSettings } from "../../infra/runtime/config/require-settings.ts";
import { createRunningSteps } from "../../infra/runtime/event-loop/running-steps.ts";
import type { FaultReports } from "../../infra/runtime/faults/report-faults.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { directDatabaseUrl } from "../../infra/runtime/servers/database-settings.ts";
import { installLeanSandbox } from "../../infra/runtime/patches/lean-sandbox.ts";
import {
  createDataConverter,
  createTemporalClient,
  temporalWorkerOptions,
  temporalSettings,
} from "../../infra/runtime/temporal/temporal-client.ts";
import { deploymentOptions, readBuild, workerVersion } from "../../infra/runtime/temporal/worker-version.ts";
import { buildWorkflowBundle } from "../../infra/runtime/temporal/workflow-bundle.ts";
import { taskQueues } from "../../workflows/names.ts";
import { choosePlace } from "../answer/model/call-place.ts";
import { warnOfUnpricedModels } from "../answer/model/configured-model.ts";
import type { WaitingTasks } from "../answer/model/local-calls.ts";
import { createFirstAttempts, type FirstAttemptsDependencies } from "../events/first-attempts.ts";
import { type ActivityDependencies, createActivities } from "../index.ts";
import { connectWithRetry } from "../../infra/runtime/temporal/connect-with-retry.ts";
import { createActivityDependencies, openDependencies } from "./dependencies.ts";
import { createStepHealth } from "../retry/step-health.ts";
import { WORKER_RUNNING_MESSAGE } from "../../infra/runtime/log-messages.ts";
import { prepareProcess } from "./prepare-process.ts";
import { createTuner } from "./task-slots.ts";
import { createSweeper, type SweeperDependencies } from "./sweeper.ts";

export const WORKER_QUEUES = ["main", "model", "delivery", "batch"] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];

export interface WorkerProcess {
  /** Shared with an ingress of the same process, which may then start workflows eagerly. */
  temporal: Client;
  /** The wrong configurations that this process meets. */
  reports: FaultReports;
  /** Resolves when the workers have ended; rejects when one failed. */
  finished: Promise<void>;
  stop(): Promise<void>;
  /** The steps that ran since the last call. */
  takeSteps(): readonly string[];
}

export interface WorkerOptions {
  config: Config;
  queues: readonly WorkerQueue[];
  log: Log;
  /** Another bundle entry, for benchmarks. */
  workflows?: string;
}

const WORKFLOWS = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
const VERSIONED_WORKFLOWS = fileURLToPath(new URL("../../workflows/versioned.ts", import.meta.url));
/** Model calls and sends wait for seconds and cost no CPU, so slots limit only memory. */
const WAITING_SLOTS = 500;
const NOTHING_WAITS: WaitingTasks = { count: () => 0, onChange: () => undefined };
/** Each batch activity makes several calls at once. */
const BATCH_SLOTS = 2;
/** With the default of SHUTDOWN_GRACE_MS a send that began before the shutdown gets its whole time limit. */
const FORCED_END_MS = 5_000;

/** Starts the workers of one process. `dependencies.ts` creates what the activities need. */
export async function startWorker({
  config,
  queues,
  log,
  workflows: workflowsOverride,
}: WorkerOptions): Promise<WorkerProcess> {
  // A worker that only sends has neither key.
  if (queues.some((queue) => queue !== "delivery"))
    requireSettings(config, `parley worker --queue ${queues.join(" ")}`, listAnsweringSecrets(config));
  await prepareProcess(log);
  const settings = temporalSettings(config);
  const connection = await connectWithRetry(temporalWorkerOptions(settings), log);
  const temporal = createTemporalClient(connection, settings, config.PARLEY_ENCRYPTION_KEYS);
  const dependencies = openDependencies(config, log);
  const { db, sweeperDb, localCalls } = dependencies;
  const stores = { alerts: createAlerts(db), failures: createStepFailures(db) };
  const build = readBuild(config, workflowsOverride);
  const activityDependencies = createActivityDependencies(config, dependencies);
  const stepHealth = createStepHealth({ ...stores, log, build });
  const running = createRunningSteps();
  const activities = running.trackSteps(
    createActivities({
      ...activityDependencies,
      placeModelCall: createPlaceModelCall(activityDependencies, config, queues),
      build,
      stepHealth,
    }),
  );
  // `retrieve` and `screen` run there.
  if (queues.includes("main")) dependencies.texts.warmUp();
  const version = workerVersion(config, workflowsOverride);
  const names = taskQueues(config.PARLEY_TASK_QUEUE);
  const workers = await createWorkers(queues, {
    shared: buildSharedSettings(config, { connection, activities, version }),
    names,
    workflows: workflowsOverride ?? (version === null ? WORKFLOWS : VERSIONED_WORKFLOWS),
    callsPerSecond: config.PARLEY_MODEL_CALLS_PER_SECOND,
    waiting: localCalls.waiting,
  });
  const sweeper = queues.includes("main")
    ? openSweeper(config, activityDependencies, { temporal, sweeperDb, build, log })
    : null;
  sweeper?.start();
  const clock = watchClock({ db: dependencies.db, log });
  const runs = workers.map((worker) => worker.run());
  const finished = Promise.all(runs).then(() => undefined);
  log.info({ queues, address: settings.address, version, build }, WORKER_RUNNING_MESSAGE);
  warnOfUnpricedModels(config, log);

  return {
    temporal,
    reports: dependencies.reports,
    finished,
    takeSteps: () => running.takeSteps(),
    async stop() {
      clock.stop();
      const graceMs = computeActivityGraceMs(config.SHUTDOWN_GRACE_MS);
      const swept = sweeper?.stop(graceMs);
      localCalls.stop(graceMs);
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
      await Promise.allSettled([...runs, swept]);
      await dependencies.close();
      await connection.close();
    },
  };
}

function openSweeper(
  config: Config,
  dependencies: Omit<FirstAttemptsDependencies, "sweeperDb" | "log">,
  {
    sweeperDb,
    ...given
  }: Pick<FirstAttemptsDependencies, "sweeperDb"> & Pick<SweeperDependencies, "temporal" | "build" | "log">,
) {
  const firstAttempts = createFirstAttempts({ ...dependencies, sweeperDb, log: given.log });
  const { vault } = dependencies;
  const databaseUrl = directDatabaseUrl(config);
  const taskQueue = config.PARLEY_TASK_QUEUE;
  return createSweeper({ ...given, db: sweeperDb, vault, databaseUrl, taskQueue, firstAttempts });
}

function buildSharedSettings(
  config: Config,
  {
    version,
    ...shared
  }: Pick<WorkerSettings, "connection" | "activities"> & { version: ReturnType<typeof workerVersion> },
): WorkersOptions["shared"] {
  return {
    ...shared,
    namespace: temporalSettings(config).namespace,
    dataConverter: createDataConverter(config.PARLEY_ENCRYPTION_KEYS, config.TEMPORAL_ACCEPT_PLAIN_PAYLOADS),
    shutdownGraceTime: computeActivityGraceMs(config.SHUTDOWN_GRACE_MS),
    shutdownForceTime: config.SHUTDOWN_GRACE_MS,
    ...(version === null ? {} : { workerDeploymentOptions: deploymentOptions(version) }),
  };
}

function createPlaceModelCall(
  { callTimes, localCalls }: Pick<ActivityDependencies, "callTimes" | "localCalls">,
  config: Config,
  queues: readonly WorkerQueue[],
): ActivityDependencies["placeModelCall"] {
  const isModelQueueServed = servesModelQueue(queues, config);
  return (isRepeated) =>
    choosePlace({
      isRepeated,
      servesModelQueue: isModelQueueServed,
      setting: config.PARLEY_MODEL_CALL_PLACE,
      typicalMs: callTimes.typicalMs(),
      waiting: localCalls.waiting.count(),
    });
}

/** The server limits the rate of the model queue only, so with a rate all model calls must use that queue. */
function servesModelQueue(queues: readonly WorkerQueue[], config: Config): boolean {
  const unlimited = config.PARLEY_MODEL_CALLS_PER_SECOND === undefined;
  return unlimited && queues.includes("main") && queues.includes("model");
}

interface WorkersOptions {
  shared: Omit<WorkerSettings, "taskQueue">;
  names: Readonly<Record<WorkerQueue, string>>;
  workflows: string;
  /** The provider's limit. The server keeps it over all workers of the model queue together. */
  callsPerSecond?: number | undefined;
  /** The tasks that wait for a model. Default: none, for steps that do not wait. */
  waiting?: WaitingTasks;
}

/** The workers of one process with the measured settings. Benchmarks call this with other activities. */
export async function createWorkers(
  queues: readonly WorkerQueue[],
  options: WorkersOptions,
): Promise<Worker[]> {
  installLeanSandbox();
  return await Promise.all(queues.map((queue) => createWorker(queue, options)));
}

async function createWorker(
  queue: WorkerQueue,
  { shared, names, workflows, callsPerSecond, waiting = NOTHING_WAITS }: WorkersOptions,
): Promise<Worker> {
  const taskQueue = names[queue];
  if (queue !== "main") {
    const limited = queue === "model" && callsPerSecond !== undefined;
    return await Worker.create({
      ...shared,
      taskQueue,
      maxConcurrentActivityTaskExecutions: queue === "batch" ? BATCH_SLOTS : WAITING_SLOTS,
      ...(limited ? { maxTaskQueueActivitiesPerSecond: callsPerSecond } : {}),
    });
  }
  return await Worker.create({
    ...shared,
    taskQueue,
    workflowBundle: await buildWorkflowBundle(workflows),
    // The activities include slow model calls, when this process serves the model queue too.
    tuner: createTuner(waiting, WAITING_SLOTS),
    // A message's run is short and starts on the normal queue, so most pollers belong there.
    nonStickyToStickyPollRatio: 0.6,
    // A task on the own queue of a dead worker waits this long before another worker gets it.
    stickyQueueScheduleToStartTimeout: "1s",
    maxCachedWorkflows: 600,
    // Workflow code in this thread: see infra/runtime/patches/lean-sandbox.ts.
    debugMode: true,
  });
}

/** How much of a shutdown's time activities get. The rest is for those that do not end when they are cancelled. */
export function computeActivityGraceMs(graceMs: number): number {
  return Math.max(graceMs * 0.6, graceMs - FORCED_END_MS);
}
