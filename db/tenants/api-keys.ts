import { randomBytes, randomUUID } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { apiKeys } from "../schema/access.ts";
import type { Vault } from "../connection/vault.ts";

/** Scopes of REST API keys. The list is closed: an unknown scope is rejected. */
export const SCOPES = [
  "tenant:read",
  "tenant:write",
  "accounts:read",
  "accounts:write",
  "contacts:read",
  "contacts:write",
  "conversations:read",
  "conversations:write",
  "messages:write",
  "events:read",
  "events:write",
  "sessions:write",
  "keys:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** 32 random bytes cannot be guessed, so a keyed hash without a salt per key is enough. */
export const API_KEY_PATTERN = /^parley_[A-Za-z0-9_-]{43}$/;

export interface KeyHolder {
  keyId: string;
  tenantId: string;
  scopes: readonly Scope[];
}

export type ApiKey = Omit<typeof apiKeys.$inferSelect, "keyHash">;

const publicColumns = {
  id: apiKeys.id,
  tenantId: apiKeys.tenantId,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
};

/** The only call that returns the key itself. */
export async function createApiKey(
  db: Queryable,
  vault: Vault,
  { tenantId, name, scopes }: { tenantId: string; name: string; scopes: readonly Scope[] },
): Promise<ApiKey & { key: string }> {
  const key = `parley_${randomBytes(32).toString("base64url")}`;
  const row = { id: randomUUID(), tenantId, name, scopes: [...new Set(scopes)] };
  const [created] = await db
    .insert(apiKeys)
    .values({ ...row, keyHash: hashKey(vault, key) })
    .returning(publicColumns);
  if (created === undefined) throw new Error("A key that was just made is not there.");
  return { ...created, key };
}

export async function listApiKeys(db: Queryable, tenantId: string, page: PageRequest): Promise<Page<ApiKey>> {
  const order = { createdAt: apiKeys.createdAt, id: apiKeys.id };
  const rows = await db
    .select({ ...publicColumns, at: toMicros(apiKeys.createdAt) })
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, tenantId), keysetBefore(order, page)))
    .orderBy(sql`${apiKeys.createdAt} DESC`, sql`${apiKeys.id} DESC`)
    .limit(page.limit + 1);
  return toPage(rows, page);
}

/** Null where the tenant has no such key. A revoked key stays revoked. */
export async function revokeApiKey(db: Queryable, tenantId: string, id: string): Promise<ApiKey | null> {
  const [row] = await db
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id)))
    .returning(publicColumns);
  return row ?? null;
}

/**
 * The tenant of a key, or null. It also records the use of the key; callers cache the result, so this is not a write per
 * request.
 */
export async function useApiKey(db: Queryable, vault: Vault, key: string): Promise<KeyHolder | null> {
  const [row] = await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(apiKeys.keyHash, hashKey(vault, key)), isNull(apiKeys.revokedAt)))
    .returning({ keyId: apiKeys.id, tenantId: apiKeys.tenantId, scopes: apiKeys.scopes });
  return row === undefined ? null : { ...row, scopes: row.scopes.filter(isScope) };
}

function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word);
}

function hashKey(vault: Vault, key: string): Buffer {
  return vault.hash(`api-key\n${key}`);
}
