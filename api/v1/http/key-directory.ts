import { LRUCache } from "lru-cache";
import {
  findKeyGrant,
  hashApiKey,
  type KeyGrant,
  listKeyGrants,
  readKeysVersion,
  recordKeyUse,
} from "../../../db/tenants/api-keys.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { oneAtATime } from "../../../infra/runtime/one-at-a-time.ts";
import type { LogRarely } from "../../../infra/runtime/log-rarely.ts";

export interface KeyDirectoryDependencies {
  db: Database;
  vault: Vault;
  onError: LogRarely;
}

/** How long a revoked key is accepted at most while Postgres responds; README and docs/api.md promise 10 s. */
const REFRESH_MS = 2_000;
/** Older knowledge is not used: a revocation may be missing. */
const MAX_AGE_MS = 8_000;
const USE_RECORDED_FOR_MS = 60_000;
const MAX_USED = 10_000;

/**
 * The hashes of all valid keys in memory: neither a right nor a wrong key costs a query, so wrong keys cannot load Postgres. Only a key
 * that was made in the last seconds has to be looked up.
 */
export function createKeyDirectory({ db, vault, onError }: KeyDirectoryDependencies) {
  let grants = new Map<string, KeyGrant>();
  let version: string | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const recorded = new LRUCache<string, true>({ max: MAX_USED, ttl: USE_RECORDED_FOR_MS });

  async function read(): Promise<void> {
    const startedAt = performance.now();
    const now = await readKeysVersion(db);
    if (now !== version) grants = await listKeyGrants(db);
    version = now;
    readAt = startedAt;
  }

  // Two readings at a time could end in the other order, and the older one would bring a revoked key back.
  const reading = oneAtATime(read);
  const refreshOrReport = async (): Promise<void> =>
    await reading.join().catch((error: unknown) => onError(error, "the API keys cannot be read"));

  return {
    async start(): Promise<void> {
      await refreshOrReport();
      timer = setInterval(() => void refreshOrReport(), REFRESH_MS);
      timer.unref();
    },
    stop(): void {
      clearInterval(timer);
    },
    /** After a revocation in this process: a reading that began before it does not count. */
    refresh: async (): Promise<void> => await reading.after(),
    /** The grant of a key in memory, or null. */
    findKnown(key: string): KeyGrant | null {
      if (performance.now() - readAt > MAX_AGE_MS) return null;
      const grant = grants.get(hashApiKey(vault, key).toString("base64")) ?? null;
      return grant !== null && (grant.expiresAt === null || grant.expiresAt > new Date()) ? grant : null;
    },
    /** Asks Postgres, and knows the key from then on. */
    async look(key: string): Promise<KeyGrant | null> {
      // A refresh during the question replaces this map: a key that was revoked at the same time is not added to the new one.
      const asked = grants;
      const grant = await findKeyGrant(db, vault, key);
      if (grant !== null) asked.set(hashApiKey(vault, key).toString("base64"), grant);
      return grant;
    },
    recordUse({ keyId }: KeyGrant): void {
      if (recorded.has(keyId)) return;
      recorded.set(keyId, true);
      recordKeyUse(db, keyId).catch((error: unknown) =>
        onError(error, "the use of an API key was not recorded"),
      );
    },
  };
}

export type KeyDirectory = ReturnType<typeof createKeyDirectory>;
