import { createAnswerCache } from "../db/answer-cache.ts";
import { connectPostgres } from "../db/postgres.ts";
import { createRateLimiter } from "../db/rate-limits.ts";
import { connectRedis } from "../db/redis.ts";
import { createNotify } from "../db/stream-signals.ts";
import { createTokenBuckets } from "../db/token-buckets.ts";
import type { Config } from "../infra/runtime/config.ts";
import { createEgressGuard } from "../infra/runtime/egress-guard.ts";
import { SECRETS } from "../infra/runtime/config-schema.ts";
import { configuredVault } from "../infra/runtime/vault.ts";
import { vendorBaseUrls } from "../infra/runtime/vendor-base-urls.ts";
import { createOutboundChannels } from "./channels/registry.ts";
import { webhookDelayBeforeAttemptMs } from "./channels/webhook-schedule.ts";
import type { ActivityDependencies } from "./index.ts";
import { createCircuits } from "./model/circuits.ts";
import { configuredModel } from "./model/configured-model.ts";
import { configuredVectors } from "./retrieval/configured-vectors.ts";
import { createSearch } from "./retrieval/search.ts";
import { createMasker } from "./safety/mask-pii.ts";
import { createSendRates } from "./send-rates.ts";
import { createShowTyping } from "./show-typing.ts";
import { createStoreCarried } from "./store-carried.ts";

/** Standard Webhooks' advice: five days, longer than any schedule. */
const DISABLE_ENDPOINT_AFTER_MS = 120 * 3_600_000;
/** A turn's reservation: 4,000 tokens of question, 5 passages, 400 tokens out, by the full model, rounded up. */
const RESERVATION_USD = 0.03;

/** Everything that the activities hold open, by the settings of one process. */
export function openParts(config: Config, onError: (error: Error) => void) {
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: "parley-worker",
    onError,
  });
  const redis = config.REDIS_URL === undefined ? null : connectRedis({ url: config.REDIS_URL, onError });
  const egress = createEgressGuard({
    allowHttp: config.EGRESS_ALLOW_HTTP,
    allowedHosts: config.EGRESS_ALLOW_HOSTS,
  });
  const vectors = configuredVectors(config);
  return {
    db,
    redis,
    egress,
    vectors,
    async close(): Promise<void> {
      redis?.disconnect();
      await Promise.allSettled([db.$client.end(), egress.close()]);
    },
  };
}

export function activityDependencies(
  config: Config,
  { db, redis, egress, vectors }: ReturnType<typeof openParts>,
): Omit<ActivityDependencies, "modelBeside"> {
  const vault = configuredVault(config);
  const model = configuredModel(config);
  const buckets = createTokenBuckets(redis);
  const channels = createOutboundChannels({
    egress,
    baseUrls: vendorBaseUrls(config),
    publicBaseUrl: config.PUBLIC_BASE_URL,
    web: { db, vault, notify: createNotify(redis) },
  });
  return {
    db,
    vault,
    model,
    limiter: createRateLimiter({ buckets, limits: rateLimits(config) }),
    sendRates: createSendRates(buckets),
    storeCarried: createStoreCarried({ db, vault }),
    quiet: { capMs: config.PARLEY_QUIET_CAP_MS, capMessages: config.PARLEY_QUIET_CAP_MESSAGES },
    reservationUsd: RESERVATION_USD,
    vectors,
    search: createSearch({ db, model, vectors }),
    masker: createMasker(),
    models: { full: config.PARLEY_MODEL_FULL, smaller: config.PARLEY_MODEL_SMALLER },
    circuits: createCircuits(),
    cache: createAnswerCache({ redis, vault }),
    channels,
    showTyping: createShowTyping({ db, vault, channels }),
    egress,
    delayBeforeEventMs: (attempt) => webhookDelayBeforeAttemptMs(attempt, Math.random),
    disableAfterMs: DISABLE_ENDPOINT_AFTER_MS,
    knownSecrets: SECRETS.flatMap((name) => secretTexts(config[name])),
  };
}

/** A shorter one (somebody's verify token) may be a word that people use. */
const MIN_SECRET = 12;

/** What no reply may hold. The vault's keys are bytes and never come near a prompt. */
function secretTexts(value: unknown): string[] {
  return typeof value === "string" && value.length >= MIN_SECRET ? [value] : [];
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
