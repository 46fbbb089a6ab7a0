import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  type Scope,
} from "../../db/tenants/api-keys.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";
import { getTenant } from "./tenants.ts";

/** Newest first, with revoked keys. */
export async function listKeys(
  context: Using<"db">,
  { tenantId, page }: { tenantId: string; page: PageRequest },
): Promise<Page<ApiKey>> {
  await getTenant(context, { tenantId });
  return await listApiKeys(context.db, tenantId, page);
}

export interface NewKey {
  tenantId: string;
  name: string;
  scopes: readonly Scope[];
  /** Null: it is valid until it is revoked. */
  expiresAt: Date | null;
  /** The key that creates this one; null for an operator, who may grant all. */
  grantedBy: { scopes: readonly string[]; expiresAt: Date | null } | null;
}

/** The result is the only place that holds the key itself. */
export async function createKey(
  context: Using<"db" | "vault">,
  { grantedBy, ...key }: NewKey,
): Promise<ApiKey & { key: string }> {
  const missing = grantedBy === null ? [] : key.scopes.filter((scope) => !grantedBy.scopes.includes(scope));
  if (missing.length > 0) throw new OperationError({ code: "scope_missing", missing });
  checkExpiry(key.expiresAt, grantedBy?.expiresAt ?? null);
  await getTenant(context, key);
  return await createApiKey(context.db, context.vault, key);
}

/** Every process stops accepting the key within 10 seconds. */
export async function revokeKey({ db }: Using<"db">, { tenantId, id }: OwnedId): Promise<ApiKey> {
  return requireFound("key", await revokeApiKey(db, tenantId, id));
}

function checkExpiry(expiresAt: Date | null, limit: Date | null): void {
  const refuse = (message: string) =>
    new OperationError({ code: "request_invalid", fields: [{ path: ["expires_at"], message }] });
  if (expiresAt !== null && expiresAt <= new Date()) throw refuse("must be in the future");
  if (limit !== null && (expiresAt === null || expiresAt > limit))
    throw refuse(`must be at most ${limit.toISOString()}, the end of the key that creates it`);
}
