import { randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { inject } from "vitest";
import { createSendEvent } from "../../activities/send-event.ts";
import { createStepFailures } from "../../db/health/step-failures.ts";
import { createStepHealth } from "../../activities/retry/step-health.ts";
import {
  createFirstAttempts,
  type FirstAttemptsDependencies,
} from "../../activities/events/first-attempts.ts";
import { createSweepEvents } from "../../activities/events/sweep-events.ts";
import { createEventEndpoint, type EndpointSettings } from "../../db/events/event-endpoints.ts";
import type { StartableDelivery } from "../../db/events/event-deliveries.ts";
import { type EventType, emitEvent } from "../../db/events/outgoing-events.ts";
import { createAlerts } from "../../db/health/alerts.ts";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { eventDeliveries } from "../../db/schema/events.ts";
import { loadConfig } from "../../infra/runtime/config/config.ts";
import { createLog } from "../../infra/runtime/log.ts";
import { createEgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import {
  createDataConverter,
  createTemporalClient,
  temporalWorkerOptions,
  temporalSettings,
} from "../../infra/runtime/temporal/temporal-client.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { buildWorkflowBundle } from "../../infra/runtime/temporal/workflow-bundle.ts";
import { createWorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { taskQueues } from "../../workflows/names.ts";
import { TEST_CONNECT_MS } from "./await-connection.ts";
import { cloneDatabase } from "./clone-database.ts";
import { eventually } from "./eventually.ts";

const WORKFLOWS = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
const DISABLE_AFTER_MS = 120 * 3_600_000;

/**
 * Outgoing events on the shared servers with a database of its own: real workflows, the real activity, a schedule that a test can wait
 * for, and no loop: a test says when a sweeper looks.
 */
export async function openEventHarness() {
  Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  const config = loadConfig(inject("sandboxEnv"));
  const name = `events_${randomBytes(5).toString("hex")}`;
  const database = await cloneDatabase(config.DATABASE_URL, name);
  const db = connectPostgres({
    url: database.url,
    maxConnections: 10,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  const vault = createConfiguredVault(config);
  const settings = temporalSettings(config);
  const connection = await NativeConnection.connect(temporalWorkerOptions(settings));
  const temporal = createTemporalClient(connection, settings, config.PARLEY_ENCRYPTION_KEYS);
  const allowedHosts: string[] = [];
  const egress = createEgressGuard({ allowHttp: true, allowedHosts, timeoutMs: 15_000 });
  const schedule = { delaysMs: [0, 100, 100], disableAfterMs: DISABLE_AFTER_MS };

  const dependencies = openDependencies({ db, vault, egress, schedule });

  const startWorker = async () => {
    const sendEvent = createSendEvent(dependencies);
    const queues = taskQueues(name);
    const shared = {
      connection,
      namespace: settings.namespace,
      dataConverter: createDataConverter(config.PARLEY_ENCRYPTION_KEYS),
    };
    const workers = await Promise.all([
      Worker.create({
        ...shared,
        taskQueue: queues.main,
        workflowBundle: await buildWorkflowBundle(WORKFLOWS),
      }),
      Worker.create({ ...shared, taskQueue: queues.delivery, activities: { sendEvent } }),
    ]);
    const runs = workers.map((worker) => worker.run());
    return async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
    };
  };
  let stopWorker = await startWorker();
  const starter = createWorkflowStarter({ temporal, taskQueue: name });
  const openSweeper = () => {
    const firstAttempts = createFirstAttempts(dependencies);
    const sweepEvents = createSweepEvents({ db, temporal, starter });
    return async () => {
      const more = await firstAttempts.run();
      return (await sweepEvents()) || more;
    };
  };
  const sweep = openSweeper();

  return {
    db,
    vault,
    temporal,
    /** The schedule of the tests, and for how long an endpoint may fail: changed by a test, put back by `reset`. */
    schedule,
    reset: () => Object.assign(schedule, { delaysMs: [0, 100, 100], disableAfterMs: DISABLE_AFTER_MS }),
    sweep,
    /** Another sweeper, as another process would have one. */
    openSweeper,
    async startWorkflow({ tenantId, ...input }: StartableDelivery) {
      await starter.startEvent(tenantId, input, { terminateExisting: false });
    },
    stopWorker: () => stopWorker(),
    async restartWorker() {
      stopWorker = await startWorker();
    },
    /** An endpoint of this tenant at a receiver that may be private. */
    async endpointAt(
      peer: { host: string; url: string },
      { tenantId = randomUUID(), ...more }: Partial<EndpointSettings> & { tenantId?: string } = {},
    ) {
      allowedHosts.push(peer.host);
      const chosen = { url: `${peer.url}/events`, types: [], includeText: false, ...more };
      const endpoint = await createEventEndpoint(db, vault, { tenantId, ...chosen });
      if (endpoint === null) throw new Error("The tenant has too many endpoints.");
      return endpoint;
    },
    async emit(
      tenantId: string,
      type: EventType = "conversation.taken_over",
      data: object = { agent: "ada" },
    ) {
      await emitEvent(db, { tenantId, type, conversationId: null, data: { ...data } });
    },
    async deliveries() {
      return await db.select().from(eventDeliveries);
    },
    /** The delivery of this endpoint's only event, once it has come to an end. */
    async awaitEndAt(endpointId: string) {
      return await eventually("an end of the delivery", async () => {
        await sweep();
        const rows = await db.select().from(eventDeliveries);
        return rows.find((row) => row.endpointId === endpointId && row.state !== "pending");
      });
    },
    async close(): Promise<void> {
      await stopWorker();
      await egress.close();
      await connection.close();
      await db.$client.end();
      await database.drop();
    },
  };
}

interface Given extends Pick<FirstAttemptsDependencies, "db" | "vault" | "egress"> {
  schedule: { delaysMs: number[]; disableAfterMs: number };
}

/** What the activity and the first attempts need. */
function openDependencies({ schedule, ...given }: Given) {
  const { db } = given;
  const log = createLog({ level: "silent", name: "test" });
  const stores = { alerts: createAlerts(db), failures: createStepFailures(db) };
  return {
    ...given,
    sweeperDb: db,
    log,
    stepHealth: createStepHealth({ ...stores, log, build: "test" }),
    delayBeforeEventMs: (attempt: number) => schedule.delaysMs[attempt - 1] ?? null,
    get disableAfterMs() {
      return schedule.disableAfterMs;
    },
  };
}

export type EventHarness = Awaited<ReturnType<typeof openEventHarness>>;
