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
  /** The scopes of the key that creates this one; null for an operator, who may grant all. */
  grantable: readonly string[] | null;
}

/** The result is the only place that holds the key itself. */
export async function createKey(
  context: Using<"db" | "vault">,
  { grantable, ...key }: NewKey,
): Promise<ApiKey & { key: string }> {
  const missing = grantable === null ? [] : key.scopes.filter((scope) => !grantable.includes(scope));
  if (missing.length > 0) throw new OperationError({ code: "scope_missing", missing });
  await getTenant(context, key);
  return await createApiKey(context.db, context.vault, key);
}

/** Every process stops accepting the key within 10 seconds. */
export async function revokeKey({ db }: Using<"db">, { tenantId, id }: OwnedId): Promise<ApiKey> {
  return requireFound("key", await revokeApiKey(db, tenantId, id));
}
