import { fileURLToPath } from "node:url";
import { NativeConnection, Runtime, Worker } from "@temporalio/worker";
import type { Client } from "@temporalio/client";
import { createAnswerCache } from "../db/answer-cache.ts";
import { connectPostgres } from "../db/postgres.ts";
import { createRateLimiter } from "../db/rate-limits.ts";
import { connectRedis } from "../db/redis.ts";
import { connectVectors } from "../db/vectors.ts";
import type { Config } from "../infra/runtime/config.ts";
import { createEgressGuard } from "../infra/runtime/egress-guard.ts";
import { createKeyring } from "../infra/runtime/keyring.ts";
import type { Log } from "../infra/runtime/log.ts";
import {
  createDataConverter,
  temporalClient,
  temporalConnectionOptions,
  temporalSettings,
} from "../infra/runtime/temporal.ts";
import { createVault } from "../infra/runtime/vault.ts";
import { workflowBundle } from "../infra/runtime/workflow-bundle.ts";
import { withLeanWorkflowThreads } from "../infra/runtime/workflow-threads.ts";
import { taskQueues } from "../workflows/names.ts";
import { createOutboundChannels } from "./channels/registry.ts";
import { createActivities } from "./index.ts";
import { createCircuits } from "./model/circuits.ts";
import { createModelClient } from "./model/model-client.ts";
import { createSearch } from "./retrieval/search.ts";
import { createMasker } from "./safety/mask-pii.ts";
import { createStoreCarried } from "./store-carried.ts";
import { createSweeper } from "./sweeper.ts";

export const WORKER_QUEUES = ["main", "model", "delivery"] as const;
export type WorkerQueue = (typeof WORKER_QUEUES)[number];

export interface WorkerProcess {
  /** Shared with an ingress of the same process, which may then start workflows eagerly. */
  temporal: Client;
  /** Resolves when the workers have ended; rejects when one failed. */
  finished: Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  config: Config;
  queues: readonly WorkerQueue[];
  log: Log;
  /** Another bundle entry, for benchmarks that compare shapes. */
  workflows?: string;
}

const WORKFLOWS = fileURLToPath(new URL("../workflows/index.ts", import.meta.url));
/** A turn's reservation: 4,000 tokens of question, 5 passages, 400 tokens out, by the full model, rounded up. */
const RESERVATION_USD = 0.03;
/** Model calls wait for seconds and cost no CPU: slots bound only memory. */
const MODEL_SLOTS = 500;
const CONNECT_RETRY_MS = 1_000;
/** EX_SOFTWARE of sysexits.h. */
const STUCK_EXIT_CODE = 70;

/** Wires and starts the workers of one process. Everything that runs is named here. */
export async function startWorker({
  config,
  queues,
  log,
  workflows = WORKFLOWS,
}: WorkerOptions): Promise<WorkerProcess> {
  // Without signals of its own: the SDK would wait for ever for an activity that keeps failing.
  Runtime.install({ shutdownSignals: [], logger: quietLogger(log) });
  const keys = config.PARLEY_ENCRYPTION_KEYS;
  const settings = temporalSettings(config);
  const connection = await connectPatiently(temporalConnectionOptions(settings), log);
  const temporal = temporalClient(connection, settings, keys);

  const onError = (error: Error) => log.warn({ err: error }, "connection lost");
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: "parley-worker",
    onError,
  });
  const redis = config.REDIS_URL === undefined ? null : connectRedis({ url: config.REDIS_URL, onError });
  const vault = createVault({ keyring: createKeyring(keys), hashKey: config.PARLEY_HASH_KEY });
  const egress = createEgressGuard({
    allowHttp: config.EGRESS_ALLOW_HTTP,
    allowedHosts: config.EGRESS_ALLOW_HOSTS,
  });
  const model = createModelClient({
    apiKey: config.OPENAI_API_KEY,
    baseUrl: config.OPENAI_BASE_URL,
    organization: config.OPENAI_ORG_ID,
    project: config.OPENAI_PROJECT_ID,
    api: config.PARLEY_MODEL_API,
  });
  const vectors = connectVectors({
    apiKey: config.PINECONE_API_KEY,
    controllerHost: config.PINECONE_CONTROLLER_HOST,
    cloud: config.PARLEY_PINECONE_CLOUD,
    region: config.PARLEY_PINECONE_REGION,
  });
  const activities = createActivities({
    db,
    vault,
    model,
    limiter: createRateLimiter({ redis, limits: rateLimits(config) }),
    storeCarried: createStoreCarried({ db, vault }),
    quiet: { capMs: config.PARLEY_QUIET_CAP_MS, capMessages: config.PARLEY_QUIET_CAP_MESSAGES },
    reservationUsd: RESERVATION_USD,
    search: createSearch({ db, model, vectors }),
    masker: createMasker(),
    models: { full: config.PARLEY_MODEL_FULL, smaller: config.PARLEY_MODEL_SMALLER },
    circuits: createCircuits(),
    cache: createAnswerCache({ redis, vault }),
    channels: createOutboundChannels({ egress, twilioBaseUrl: config.TWILIO_BASE_URL }),
    knownSecrets: [config.OPENAI_API_KEY, config.PINECONE_API_KEY, config.TWILIO_AUTH_TOKEN ?? ""],
  });

  const names = taskQueues(config.PARLEY_TASK_QUEUE);
  const shared = { connection, namespace: settings.namespace, dataConverter: createDataConverter(keys) };
  const grace = {
    shutdownGraceTime: config.SHUTDOWN_GRACE_MS * 0.6,
    shutdownForceTime: config.SHUTDOWN_GRACE_MS,
  };
  const make = {
    main: async () =>
      await Worker.create({
        ...shared,
        ...grace,
        activities,
        taskQueue: names.main,
        workflowBundle: await workflowBundle(workflows),
        // A message's run is short and starts on the normal queue: most pollers belong there.
        nonStickyToStickyPollRatio: 0.6,
        stickyQueueScheduleToStartTimeout: "2s",
        maxCachedWorkflows: 600,
      }),
    model: async () =>
      await Worker.create({
        ...shared,
        ...grace,
        activities,
        taskQueue: names.model,
        maxConcurrentActivityTaskExecutions: MODEL_SLOTS,
      }),
    delivery: async () => await Worker.create({ ...shared, ...grace, activities, taskQueue: names.delivery }),
  };
  const workers = await withLeanWorkflowThreads(
    () => Promise.all(queues.map((queue) => make[queue]())),
    () => {
      log.fatal(
        "workflow code did not come back within its limit; ending the process so that another takes over",
      );
      process.exit(STUCK_EXIT_CODE);
    },
  );
  const sweeper = queues.includes("main")
    ? createSweeper({ db, databaseUrl: config.DATABASE_URL, temporal, taskQueue: names.main, log })
    : null;
  sweeper?.start();
  const runs = workers.map((worker) => worker.run());
  const finished = Promise.all(runs).then(() => undefined);
  log.info({ queues, address: settings.address }, "worker runs");

  return {
    temporal,
    finished,
    async stop() {
      await sweeper?.stop();
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
      await Promise.allSettled(runs);
      redis?.disconnect();
      await Promise.allSettled([db.$client.end(), egress.close()]);
      await connection.close();
    },
  };
}

/** A worker that starts before its server waits for it. */
async function connectPatiently(
  options: Parameters<typeof NativeConnection.connect>[0],
  log: Log,
): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      log.warn({ err: error }, "Temporal does not answer yet");
      await new Promise((resolve) => setTimeout(resolve, CONNECT_RETRY_MS));
    }
  }
}

function rateLimits(config: Config) {
  return {
    contact: {
      capacity: config.PARLEY_CONTACT_RATE_BURST,
      refillPerSecond: config.PARLEY_CONTACT_RATE_PER_MINUTE / 60,
    },
    tenant: {
      capacity: config.PARLEY_TENANT_RATE_BURST,
      refillPerSecond: config.PARLEY_TENANT_RATE_PER_MINUTE / 60,
    },
  };
}

/** The SDK's warnings in our log; what it says below that is about itself. */
function quietLogger(log: Log) {
  const drop = () => undefined;
  const meta = (details?: object) => ({
    sdk: details !== undefined && "workflowId" in details ? details.workflowId : null,
  });
  return {
    trace: drop,
    debug: drop,
    info: drop,
    log: drop,
    warn: (message: string, details?: object) => log.warn(meta(details), message),
    error: (message: string, details?: object) => log.error(meta(details), message),
  };
}
