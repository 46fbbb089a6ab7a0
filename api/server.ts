import type { Client } from "@temporalio/client";
import { sql } from "drizzle-orm";
import { connectPostgres } from "../db/connection/postgres.ts";
import { watchClock } from "../db/connection/watch-clock.ts";
import { connectRedis } from "../db/connection/redis.ts";
import { openSpool } from "../db/inbound/spool.ts";
import { createTokenBuckets } from "../db/connection/token-buckets.ts";
import { createNotify, createSignalHub } from "../db/web/stream-signals.ts";
import { WEB } from "../db/web/stream.ts";
import type { Config } from "../infra/runtime/config/config.ts";
import type { Log } from "../infra/runtime/log.ts";
import { createSessionTokens } from "../infra/runtime/encryption/session-token.ts";
import { ownOrigins } from "../infra/runtime/network/own-origins.ts";
import { connectTemporal, temporalSettings } from "../infra/runtime/temporal/temporal-client.ts";
import { createConfiguredVault } from "../infra/runtime/encryption/vault.ts";
import { createAccountDirectory } from "./account-directory.ts";
import { buildApp } from "./app.ts";
import { inboundChannels } from "./channels/registry.ts";
import { createDrainSpool } from "./ingest/drain-spool.ts";
import { createIngestWithSpool } from "./ingest/ingest-with-spool.ts";
import { createStartMessage } from "./ingest/start-message.ts";
import { createStartOutbound } from "./start-outbound.ts";
import { createIngestEvent } from "./ingest/ingest-event.ts";
import { createAuthenticator } from "./v1/http/authenticator.ts";
import { createRequestRate } from "./v1/http/request-rate.ts";
import { createOpenStreams } from "./web/stream/open-streams.ts";

export interface ApiProcess {
  url: string;
  /** Stops taking messages, finishes what was begun, closes what was opened. */
  stop(): Promise<void>;
}

export interface ApiOptions {
  config: Config;
  log: Log;
  /** The client of a worker in this process: its workflows then start eagerly. */
  sharedClient?: Client;
}

/** Wires and starts the ingress. */
export async function startApi({ config, log, sharedClient }: ApiOptions): Promise<ApiProcess> {
  const onError = (error: Error) => log.warn({ err: error }, "connection lost");
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: "parley-api",
    statementTimeoutMs: 1_500,
    onError,
  });
  const redis = config.REDIS_URL === undefined ? null : connectRedis({ url: config.REDIS_URL, onError });
  const keys = config.PARLEY_ENCRYPTION_KEYS;
  const vault = createConfiguredVault(config);
  const temporal = sharedClient ?? connectTemporal(temporalSettings(config), keys);
  const accounts = createAccountDirectory({ db, vault, ownOrigins: ownOrigins(config.PUBLIC_BASE_URL) });
  const messageStart = createStartMessage({
    db,
    vault,
    temporal,
    log,
    taskQueue: config.PARLEY_TASK_QUEUE,
    // Where workers have versions the server says which one begins a run, and not who happens to be beside us.
    eager: sharedClient !== undefined && config.TEMPORAL_DEPLOYMENT_NAME === undefined,
  });
  const outbound = createStartOutbound({ temporal, taskQueue: config.PARLEY_TASK_QUEUE, log });
  const buckets = createTokenBuckets(redis);
  const ingestToStores = createIngestEvent({ db, vault, messageStart, outbound });
  const spool = configuredSpool(config);
  const ingestEvent =
    spool === null
      ? ingestToStores
      : createIngestWithSpool({ ingestEvent: ingestToStores, spool, vault, log });
  const drainSpool = spool && createDrainSpool({ spool, vault, accounts, log, ingestEvent: ingestToStores });
  const web = {
    db,
    vault,
    accounts,
    ingestEvent,
    buckets,
    tokens: createSessionTokens(keys),
    hub: createSignalHub(redis),
    notify: createNotify(redis),
    streams: createOpenStreams(),
  };
  let draining = false;
  const app = await buildApp({
    log,
    accounts,
    ingestEvent,
    channels: inboundChannels,
    publicBaseUrl: config.PUBLIC_BASE_URL,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    trustedProxies: config.TRUSTED_PROXIES,
    v1: {
      db,
      vault,
      outbound,
      buckets,
      authenticator: createAuthenticator({ db, vault, adminToken: config.PARLEY_ADMIN_TOKEN }),
      requestRate: createRequestRate({ buckets, limit: apiRate(config) }),
      channels: [...Object.keys(inboundChannels), WEB],
      web,
      publicBaseUrl: config.PUBLIC_BASE_URL,
      egress: { allowHttp: config.EGRESS_ALLOW_HTTP, allowedHosts: config.EGRESS_ALLOW_HOSTS },
    },
    isDraining: () => draining,
    checks: {
      postgres: () => db.execute(sql`SELECT 1`),
      temporal: () => temporal.workflowService.getSystemInfo({}),
      redis: redis === null ? null : () => redis.ping(),
    },
    spool,
  });
  await accounts.start();
  const stopClockWatch = watchClock({ db, log });
  drainSpool?.start();
  const url = await app.listen({ host: config.HOST, port: config.PORT });
  log.info({ url }, "api listens");

  return {
    url,
    async stop() {
      draining = true;
      // A load balancer needs a moment to see that we are not ready any more.
      await new Promise((resolve) => setTimeout(resolve, config.SHUTDOWN_UNREADY_MS));
      accounts.stop();
      stopClockWatch();
      await app.close();
      await drainSpool?.stop();
      spool?.close();
      await messageStart.drain();
      redis?.disconnect();
      await db.$client.end();
      if (sharedClient === undefined) await temporal.connection.close();
    },
  };
}

function configuredSpool({ SPOOL_DIR: folder, SPOOL_LIMIT_BYTES: limitBytes }: Config) {
  return folder === undefined ? null : openSpool({ folder, limitBytes });
}

function apiRate(config: Config) {
  return {
    capacity: config.PARLEY_API_RATE_BURST,
    refillPerSecond: config.PARLEY_API_RATE_PER_MINUTE / 60,
  };
}
