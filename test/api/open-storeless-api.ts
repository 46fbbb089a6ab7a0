import type { FastifyInstance } from "fastify";
import { type AppDependencies, buildApp } from "../../api/app.ts";
import { inboundChannels } from "../../api/channels/registry.ts";
import { createFailedAuthentication } from "../../api/failed-authentication.ts";
import { createAuthenticator } from "../../api/v1/http/authenticator.ts";
import { createRequestRate } from "../../api/v1/http/request-rate.ts";
import { createTokenBuckets } from "../../db/connection/token-buckets.ts";
import { createLog } from "../../infra/runtime/log.ts";
import { sampleAccount } from "../support/channels/samples.ts";

const MANY = { capacity: 1_000, refillPerSecond: 1_000 };

interface StorelessOptions {
  extend?: (app: FastifyInstance) => void;
  /** The secrets of its one account, of the channel `webhook`. */
  inbound?: readonly string[];
}

/** The server without stores, for requests that reach none. `lines` has its log. */
export async function openStorelessApi({ extend, inbound = ["inbound-secret"] }: StorelessOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ level: "warn", name: "test", lines: { write: (line) => void lines.push(line) } });
  const failures = createFailedAuthentication({ log, perNetwork: MANY, perProcess: MANY });
  const buckets = createTokenBuckets(null);
  const accounts = {
    find: async () => ({
      ...sampleAccount({ channel: "webhook", secrets: { inbound, outbound: [] } }),
      disabled: false,
    }),
    findByExternalId: async () => null,
    allowsOrigin: () => false,
  };
  const grant = { keyId: "k", tenantId: "acme", scopes: ["keys:write"], expiresAt: null };
  const keys = { findKnown: () => grant, recordUse: () => undefined };
  const web = {
    accounts,
    buckets,
    failures,
    tokens: { verify: () => ({ ok: false, code: "session_invalid" }) },
    hub: { close: () => undefined },
    streams: { endAll: async () => undefined },
  };
  const v1 = {
    buckets,
    web,
    authenticator: createAuthenticator({ keys: keys as never, failures, adminToken: undefined }),
    requestRate: createRequestRate({ buckets, limit: MANY }),
  };
  const app = await buildApp({
    log,
    accounts,
    failures,
    v1,
    channels: inboundChannels,
    publicBaseUrl: "http://parley.test",
    bodyLimitBytes: 1_000,
    trustedProxies: [],
    temporalUiUrl: null,
    isDraining: () => false,
    checks: { postgres: null, temporal: null, redis: null },
    reports: { note: () => undefined, noteRecovery: () => undefined, current: () => [] },
    spool: null,
  } as unknown as AppDependencies);
  extend?.(app);
  const address = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
  const close = async () => {
    failures.stop();
    await app.close();
  };
  return { port: Number(address.port), app, lines, close };
}
