import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { connectPostgres } from "../db/connection/postgres.ts";
import { createConfigurationAlerts } from "../db/health/configuration-alerts.ts";
import { watchClock } from "../db/connection/watch-clock.ts";
import { connectRedis } from "../db/connection/redis.ts";
import { createTokenBuckets } from "../db/connection/token-buckets.ts";
import { WEB } from "../db/web/stream.ts";
import { createNotify, createSignalHub } from "../db/web/stream-signals.ts";
import type { Config } from "../infra/runtime/config/config.ts";
import { createReportError } from "../infra/runtime/faults/report-error.ts";
import { createFaultReports, type FaultReports } from "../infra/runtime/faults/report-faults.ts";
import { createLogRarely } from "../infra/runtime/log-rarely.ts";
import { explainListenFailure } from "../infra/runtime/network/explain-listen-failure.ts";
import type { Log } from "../infra/runtime/log.ts";
import { pooledDatabase } from "../infra/runtime/servers/database-settings.ts";
import { createSessionTokens } from "../infra/runtime/encryption/session-token.ts";
import { connectTemporal, temporalSettings } from "../infra/runtime/temporal/temporal-client.ts";
import { createWorkflowStarter, type WorkflowStarter } from "../infra/runtime/temporal/workflow-starter.ts";
import { createConfiguredVault } from "../infra/runtime/encryption/vault.ts";
import { type AccountDirectory, createAccountDirectory } from "./account-directory.ts";
import { buildApp } from "./app.ts";
import { watchAccounts } from "./watch-accounts.ts";
import { watchWorkers } from "./watch-workers.ts";
import { checkPostgres, checkTemporal } from "./check-stores.ts";
import { createEndWaitingConnections } from "./end-waiting-connections.ts";
import { inboundChannels } from "./channels/registry.ts";
import { createIngest } from "./ingest/create-ingest.ts";
import type { IngestEvent } from "./ingest/ingest-event.ts";
import { createFailedAuthentication, type FailedAuthentication } from "./failed-authentication.ts";
import { createKeyDirectory, type KeyDirectory } from "./v1/http/key-directory.ts";
import { createAuthenticator } from "./v1/http/authenticator.ts";
import type { V1Dependencies } from "./v1/v1-dependencies.ts";
import { createRequestRate } from "./v1/http/request-rate.ts";
import { createOpenStreams } from "./web/stream/open-streams.ts";

export interface ApiProcess {
  url: string;
  /** The wrong configurations that this process meets. */
  reports: FaultReports;
  /** Stops accepting messages, finishes open requests and starts, closes all connections. */
  stop(): Promise<void>;
}

export interface ApiOptions {
  config: Config;
  log: Log;
  /** The client of a worker in this process: workflows of messages then start eagerly. */
  sharedClient?: Client;
}

type Stores = ReturnType<typeof openStores>;

/** Wires and starts the ingress. */
export async function startApi({ config, log, sharedClient }: ApiOptions): Promise<ApiProcess> {
  const stores = openStores({ config, log, ...(sharedClient === undefined ? {} : { sharedClient }) });
  const { db, vault, temporal } = stores;
  const accounts = createAccountDirectory({ db, vault, publicBaseUrl: config.PUBLIC_BASE_URL });
  const failures = createFailedAuthentication({ log });
  const keys = createKeyDirectory({ db, vault, onError: createLogRarely(log, "warn") });
  const starter = createWorkflowStarter({
    temporal,
    taskQueue: config.PARLEY_TASK_QUEUE,
    // With worker versions the server decides which version runs a workflow, not the process that starts it.
    eager: sharedClient !== undefined && config.TEMPORAL_DEPLOYMENT_NAME === undefined,
    log,
  });
  const clock = watchClock({ db, log });
  const ingest = createIngest({ config, log, db, vault, accounts, starter, clock });
  const { ingestEvent, spool } = ingest;
  const v1 = createV1Dependencies({ config, stores, accounts, starter, ingestEvent, keys, failures });
  const watch = watchAccounts({
    db,
    accounts,
    onChange: () => v1.web.streams.endAccounts((id) => accounts.isDisabled(WEB, id)),
    log,
  });
  let draining = false;
  const app = await buildApp({
    log,
    accounts,
    failures,
    ingestEvent,
    channels: inboundChannels,
    publicBaseUrl: config.PUBLIC_BASE_URL,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    trustedProxies: config.TRUSTED_PROXIES,
    v1,
    temporalUiUrl: config.PARLEY_TEMPORAL_UI_URL ?? null,
    isDraining: () => draining,
    checks: stores.checks,
    reports: stores.reports,
    accountsState: watch.state,
    workers: watchWorkers({
      db,
      temporal,
      namespace: config.TEMPORAL_NAMESPACE,
      taskQueue: config.PARLEY_TASK_QUEUE,
    }),
    spool,
  });
  const endWaitingConnections = createEndWaitingConnections(app.server);
  await Promise.all([watch.start(), keys.start()]);
  ingest.start();
  const address = { host: config.HOST, port: config.PORT };
  const url = await app.listen(address).catch((error: unknown) => {
    throw explainListenFailure(error, address);
  });
  log.info({ url }, "api listens");

  return {
    url,
    reports: stores.reports,
    async stop() {
      draining = true;
      // A load balancer sends requests until its next readiness check.
      await sleep(config.SHUTDOWN_UNREADY_MS);
      await watch.stop();
      clock.stop();
      keys.stop();
      failures.stop();
      await endWaitingConnections(app.close());
      await ingest.stop();
      await stores.close();
    },
  };
}

function createV1Dependencies({
  config,
  stores: { db, vault, redis, buckets, notify },
  accounts,
  starter,
  ingestEvent,
  keys,
  failures,
}: Pick<ApiOptions, "config"> & {
  stores: Stores;
  accounts: AccountDirectory;
  starter: WorkflowStarter;
  ingestEvent: IngestEvent;
  keys: KeyDirectory;
  failures: FailedAuthentication;
}): V1Dependencies {
  const web = {
    db,
    vault,
    accounts,
    ingestEvent,
    buckets,
    failures,
    tokens: createSessionTokens(config.PARLEY_ENCRYPTION_KEYS),
    hub: createSignalHub(redis),
    notify,
    streams: createOpenStreams(),
  };
  return {
    db,
    vault,
    starter,
    buckets,
    authenticator: createAuthenticator({ keys, failures, adminToken: config.PARLEY_ADMIN_TOKEN }),
    requestRate: createRequestRate({ buckets, limit: requestLimit(config) }),
    notify,
    web,
    publicBaseUrl: config.PUBLIC_BASE_URL,
    egress: { allowHttp: config.EGRESS_ALLOW_HTTP, allowedHosts: config.EGRESS_ALLOW_HOSTS },
  };
}

function openStores({ config, log, sharedClient }: ApiOptions) {
  const reports = createFaultReports({
    log,
    alerts: {
      raise: async (alert) => await alerts.raise(alert),
      clear: async (...alert) => await alerts.clear(...alert),
    },
  });
  const reportError = createReportError({ log, reports });
  const onError = (error: Error) => reportError(error, "connection lost");
  const db = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: "parley-api",
    statementTimeoutMs: 1_500,
    onError,
  });
  const redis = config.REDIS_URL === undefined ? null : connectRedis({ url: config.REDIS_URL, onError });
  const alerts = createConfigurationAlerts(db, config.PARLEY_TENANT);
  const temporal = sharedClient ?? connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  return {
    db,
    reports,
    redis,
    temporal,
    vault: createConfiguredVault(config),
    buckets: createTokenBuckets(redis, reportError),
    notify: createNotify(redis, reportError),
    checks: {
      postgres: async () => await checkPostgres(db),
      temporal: async () => await checkTemporal(temporal),
      redis: redis === null ? null : () => redis.ping(),
    },
    async close(): Promise<void> {
      redis?.disconnect();
      await db.$client.end();
      if (sharedClient === undefined) await temporal.connection.close();
    },
  };
}

function requestLimit(config: Config) {
  return {
    capacity: config.PARLEY_API_RATE_BURST,
    refillPerSecond: config.PARLEY_API_RATE_PER_MINUTE / 60,
  };
}
