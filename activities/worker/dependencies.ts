import { createAnswerCache } from "../../db/turns/answer-cache.ts";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { watchOutages } from "../../db/connection/watch-outages.ts";
import { KEYWORD_STATEMENT_MS } from "../../db/knowledge/search-keywords.ts";
import { createRateLimiter } from "../../db/tenants/rate-limits.ts";
import { connectRedis, REDIS_WAITS_MS } from "../../db/connection/redis.ts";
import { createNotify } from "../../db/web/stream-signals.ts";
import { createTokenBuckets } from "../../db/connection/token-buckets.ts";
import type { Config } from "../../infra/runtime/config/config.ts";
import { createConfiguredEgress } from "../../infra/runtime/network/configured-egress.ts";
import { SECRETS } from "../../infra/runtime/config/config-schema.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { directDatabaseUrl, pooledDatabase } from "../../infra/runtime/servers/database-settings.ts";
import { readReplyUrls } from "../../infra/channels/reply-urls.ts";
import { createOutboundChannels } from "../channels/registry.ts";
import { webhookDelayBeforeAttemptMs } from "../channels/webhook/webhook-schedule.ts";
import type { ActivityDependencies } from "../index.ts";
import { createCallTimes } from "../answer/model/call-place.ts";
import { createCircuits } from "../answer/model/circuits.ts";
import { createConfiguredModel, estimateReservationUsd } from "../answer/model/configured-model.ts";
import { createLocalCalls } from "../answer/model/local-calls.ts";
import { connectConfiguredVectors } from "../answer/retrieval/configured-vectors.ts";
import { createSearch } from "../answer/retrieval/search.ts";
import { createTurnMemory } from "../../db/turns/turn-memory.ts";
import { createTextTasks } from "../answer/threads/text-tasks.ts";
import { createSendRates } from "../delivery/send-rates.ts";
import { createRefusals, watchModel } from "../answer/watch-refusals.ts";
import { createConfigurationAlerts } from "../../db/health/configuration-alerts.ts";
import { createFaultReports } from "../../infra/runtime/faults/report-faults.ts";
import { createReportError } from "../../infra/runtime/faults/report-error.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";
import { readFaultPlace } from "../retry/fault-place.ts";
import { createShowTyping } from "../answer/show-typing.ts";

/** Five days, as Standard Webhooks advise: longer than any schedule. */
const DISABLE_ENDPOINT_AFTER_MS = 120 * 3_600_000;
/** Keyword searches that run at once. A search takes a few ms, and a search of a large knowledge base takes a core. */
const SEARCH_CONNECTIONS = 2;

/** The lists of the sweeper need plans of their own. One process sweeps, so the others open none. */
const SWEEPER_CONNECTIONS = 2;

/** Opens the connections of one process, by its settings. */
export function openDependencies(config: Config, log: Pick<Log, "warn" | "error">) {
  const reports = createFaultReports({
    log,
    alerts: {
      raise: async (alert) => await alerts.raise(alert),
      clear: async (...alert) => await alerts.clear(...alert),
    },
    later: writeAfterEnd,
  });
  const onError = createReportError({ log, reports });
  const onLost = (error: Error) => onError(error, "connection lost");
  const db = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: "parley-worker",
    plans: "kept",
    onError: onLost,
    onNamesFull: (names) =>
      onError(
        new Error(`There are more than ${names} texts of statements.`),
        "rare statements are parsed and planned at each use",
      ),
  });
  const sweeperDb = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: SWEEPER_CONNECTIONS,
    applicationName: "parley-sweeper",
    onError: onLost,
  });
  const searchDb = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: SEARCH_CONNECTIONS,
    applicationName: "parley-search",
    statementTimeoutMs: KEYWORD_STATEMENT_MS,
    onError: onLost,
  });
  const redis = openRedis(config, onLost);
  const egress = createConfiguredEgress(config);
  const alerts = createConfigurationAlerts(db, config.PARLEY_TENANT);
  const refusals = createRefusals({ reports, readPlace: readFaultPlace });
  const vectors = connectConfiguredVectors(config, refusals);
  const texts = createTextTasks();
  const localCalls = createLocalCalls();
  const outages = watchOutages({
    databaseUrl: directDatabaseUrl(config),
    applicationName: "parley-worker-watch",
  });
  return {
    db,
    searchDb,
    sweeperDb,
    redis,
    egress,
    vectors,
    refusals,
    reports,
    onError,
    outages,
    texts,
    localCalls,
    async close(): Promise<void> {
      redis?.disconnect();
      localCalls.close();
      await Promise.allSettled([
        db.$client.end(),
        searchDb.$client.end(),
        sweeperDb.$client.end(),
        egress.close(),
        outages.stop(),
        texts.close(),
      ]);
    },
  };
}

function openRedis({ REDIS_URL: url }: Config, onError: (error: Error) => void) {
  return url === undefined ? null : connectRedis({ url, waitMs: REDIS_WAITS_MS.step, onError });
}

export function createActivityDependencies(
  config: Config,
  {
    onError,
    refusals,
    reports,
    texts,
    localCalls,
    outages,
    vectors,
    egress,
    redis,
    searchDb,
    db,
  }: ReturnType<typeof openDependencies>,
): Omit<ActivityDependencies, "placeModelCall" | "build" | "stepHealth"> {
  const vault = createConfiguredVault(config);
  const model = watchModel(createConfiguredModel(config), refusals);
  const buckets = createTokenBuckets(redis, onError);
  const channels = createOutboundChannels({
    egress,
    replyUrls: readReplyUrls(config),
    publicBaseUrl: config.PUBLIC_BASE_URL,
    web: { db, vault, notify: createNotify(redis, onError) },
  });
  return {
    db,
    vault,
    outages,
    reports,
    model,
    limiter: createRateLimiter({ buckets, limits: readRateLimits(config) }),
    sendRates: createSendRates(buckets, (text) => vault.hash(text)),
    quiet: { capMs: config.PARLEY_QUIET_CAP_MS, capMessages: config.PARLEY_QUIET_CAP_MESSAGES },
    reservationUsd: estimateReservationUsd(config),
    vectors,
    memory: createTurnMemory(),
    search: createSearch({ db, searchDb, model, vectors }),
    texts,
    models: { full: config.PARLEY_MODEL_FULL, smaller: config.PARLEY_MODEL_SMALLER },
    circuits: createCircuits(),
    localCalls,
    callTimes: createCallTimes(),
    cache: createAnswerCache({ redis, vault, onError }),
    channels,
    showTyping: createShowTyping({ db, vault, channels }),
    egress,
    delayBeforeEventMs: (attempt) => webhookDelayBeforeAttemptMs(attempt, Math.random),
    disableAfterMs: DISABLE_ENDPOINT_AFTER_MS,
    knownSecrets: SECRETS.flatMap((name) => listSecretTexts(config[name])),
  };
}

/** A shorter secret, such as a verify token, may be an ordinary word. */
const MIN_SECRET = 12;

/** The secrets that a reply must not contain. The keys of the vault are bytes and never get into a prompt. */
function listSecretTexts(value: unknown): string[] {
  return typeof value === "string" && value.length >= MIN_SECRET ? [value] : [];
}

function readRateLimits(config: Config) {
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
