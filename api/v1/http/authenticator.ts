import { API_KEY_PATTERN, type KeyGrant, type Scope } from "../../../db/tenants/api-keys.ts";
import { matchSecretToken } from "../../../infra/runtime/signatures/secret-token.ts";
import type { FailedAuthentication } from "../../failed-authentication.ts";
import { Problem } from "../../problem.ts";
import type { KeyDirectory } from "./key-directory.ts";

/** A route requires a scope of a tenant's key, or the installation's admin token. */
export type Access = Scope | "installation";

export interface Caller {
  /** "*" for the admin token: no tenant can have this id. */
  tenantId: string;
  keyId: string;
  scopes: readonly Access[];
  /** The end of the key, or null. */
  expiresAt: Date | null;
}

export interface AuthenticatorDependencies {
  keys: KeyDirectory;
  failures: FailedAuthentication;
  /** It can manage tenants and their keys, and reads none of their data. */
  adminToken: string | undefined;
}

/** Finds the caller by `Authorization: Bearer …`. Throws the problem for the response. */
export function createAuthenticator({ keys, failures, adminToken }: AuthenticatorDependencies) {
  const admins = adminToken === undefined ? [] : [adminToken];

  async function findCaller(token: string, ip: string): Promise<Caller | null> {
    if (matchSecretToken(token, admins) >= 0) return ADMIN;
    // Text without the shape of a key costs no query.
    if (!API_KEY_PATTERN.test(token)) return null;
    const grant = keys.findKnown(token) ?? (await look(token, ip));
    if (grant !== null) keys.recordUse(grant);
    return grant;
  }

  async function look(token: string, ip: string): Promise<KeyGrant | null> {
    const giveBack = failures.takeQuestion(ip);
    try {
      const grant = await keys.look(token);
      if (grant !== null) giveBack();
      return grant;
    } catch (error) {
      // An outage of the store says nothing about the key.
      giveBack();
      throw error;
    }
  }

  return {
    async authenticate(authorization: string | undefined, ip: string): Promise<Caller> {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined)
        throw new Problem("unauthorized", 'Send the API key as "Authorization: Bearer parley_…".');
      try {
        const caller = await findCaller(token, ip);
        if (caller !== null) return caller;
      } catch (error) {
        // Also counted where the limit kept the store from being asked.
        if (error instanceof Problem) failures.record("api_key", ip);
        throw error;
      }
      failures.record("api_key", ip);
      throw new Problem("key_invalid", "The installation has no such key, or it was revoked or has expired.");
    },
    /** Call it after a revocation, so that this process rejects the key at once. */
    async forgetRevoked(): Promise<void> {
      await keys.refresh();
    },
  };
}

export type Authenticator = ReturnType<typeof createAuthenticator>;

const ADMIN: Caller = Object.freeze({
  tenantId: "*",
  keyId: "admin",
  scopes: ["installation"] as const,
  expiresAt: null,
});

export function requireAccess(caller: Caller, access: Access): void {
  if (caller.scopes.includes(access)) return;
  const need =
    access === "installation" ? "the installation's admin token" : `a key with the scope ${access}`;
  throw new Problem("scope_missing", `This needs ${need}.`);
}
