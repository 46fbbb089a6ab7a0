import { LRUCache } from "lru-cache";
import { API_KEY_PATTERN, type KeyHolder, type Scope, useApiKey } from "../../../db/tenants/api-keys.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { matchSecretToken } from "../../../infra/runtime/signatures/secret-token.ts";
import { Problem } from "../../problem.ts";

/** A route requires a scope of a tenant's key, or the installation's admin token. */
export type Access = Scope | "installation";

export interface Caller {
  /** "*" for the admin token: no tenant can have this id. */
  tenantId: string;
  keyId: string;
  scopes: readonly Access[];
}

export interface AuthenticatorDependencies {
  db: Database;
  vault: Vault;
  /** It can manage tenants and their keys, and reads none of their data. */
  adminToken: string | undefined;
}

/** A process accepts a revoked key for this time at most; README and docs/api.md promise 10 s. */
const CACHE_MS = 5_000;
const MAX_CACHED_KEYS = 10_000;

/** Finds the caller by `Authorization: Bearer …`. Throws the problem for the response. */
export function createAuthenticator({ db, vault, adminToken }: AuthenticatorDependencies) {
  const cache = new LRUCache<string, KeyHolder>({ max: MAX_CACHED_KEYS, ttl: CACHE_MS });
  const admins = adminToken === undefined ? [] : [adminToken];

  async function findCaller(token: string): Promise<Caller | null> {
    if (matchSecretToken(token, admins) >= 0) return ADMIN;
    // Text without the shape of a key costs no query.
    if (!API_KEY_PATTERN.test(token)) return null;
    const cached = cache.get(token);
    if (cached !== undefined) return cached;
    const caller = await useApiKey(db, vault, token);
    if (caller !== null) cache.set(token, caller);
    return caller;
  }

  return {
    async authenticate(authorization: string | undefined): Promise<Caller> {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined)
        throw new Problem("unauthorized", 'Send the API key as "Authorization: Bearer parley_…".');
      const caller = await findCaller(token);
      if (caller === null) throw new Problem("key_invalid", "The installation has no such key.");
      return caller;
    },
    /** Call it after a revocation, so that this process rejects the key at once. */
    clearCache(): void {
      cache.clear();
    },
  };
}

export type Authenticator = ReturnType<typeof createAuthenticator>;

const ADMIN: Caller = Object.freeze({ tenantId: "*", keyId: "admin", scopes: ["installation"] as const });

export function requireAccess(caller: Caller, access: Access): void {
  if (caller.scopes.includes(access)) return;
  const need =
    access === "installation" ? "the installation's admin token" : `a key with the scope ${access}`;
  throw new Problem("scope_missing", `This needs ${need}.`);
}
