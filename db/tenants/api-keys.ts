import { randomBytes, randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
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

export interface KeyGrant {
  keyId: string;
  tenantId: string;
  scopes: readonly Scope[];
  expiresAt: Date | null;
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
  expiresAt: apiKeys.expiresAt,
};

/** The only call that returns the key itself. */
export async function createApiKey(
  db: Queryable,
  vault: Vault,
  {
    tenantId,
    name,
    scopes,
    expiresAt = null,
  }: { tenantId: string; name: string; scopes: readonly Scope[]; expiresAt?: Date | null },
): Promise<ApiKey & { key: string }> {
  const key = `parley_${randomBytes(32).toString("base64url")}`;
  const row = { id: randomUUID(), tenantId, name, scopes: [...new Set(scopes)], expiresAt };
  const [created] = await db
    .insert(apiKeys)
    .values({ ...row, keyHash: hashApiKey(vault, key) })
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

const grantColumns = {
  keyId: apiKeys.id,
  tenantId: apiKeys.tenantId,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
};

const isValid = sql`${apiKeys.revokedAt} IS NULL AND (${apiKeys.expiresAt} IS NULL OR ${apiKeys.expiresAt} > now())`;

/** The tenant and the rights of a key; null for a key that does not exist, was revoked or has expired. */
export async function findKeyGrant(db: Queryable, vault: Vault, key: string): Promise<KeyGrant | null> {
  const [row] = await db
    .select(grantColumns)
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, hashApiKey(vault, key)), isValid));
  return row === undefined ? null : toGrant(row);
}

/** The grants of all valid keys, by the hash of the key in base64. */
export async function listKeyGrants(db: Queryable): Promise<Map<string, KeyGrant>> {
  const rows = await db
    .select({ keyHash: apiKeys.keyHash, ...grantColumns })
    .from(apiKeys)
    .where(isValid);
  return new Map(rows.map(({ keyHash, ...row }) => [keyHash.toString("base64"), toGrant(row)]));
}

/** Differs after every new and every revoked key. */
export async function readKeysVersion(db: Queryable): Promise<string> {
  const { rows } = await db.execute<{ version: string }>(sql`
    SELECT count(*) || ':' || count(revoked_at) || ':' || coalesce(max(created_at)::text, '') AS version FROM ${apiKeys}`);
  return rows[0]?.version ?? "";
}

/** A use is recorded to the minute: a write for each request would make every acknowledgement wait. */
export async function recordKeyUse(db: Queryable, keyId: string): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(eq(apiKeys.id, keyId), sql`coalesce(${apiKeys.lastUsedAt} < now() - interval '1 minute', true)`),
    );
}

function toGrant({ scopes, ...row }: Omit<KeyGrant, "scopes"> & { scopes: string[] }): KeyGrant {
  return { ...row, scopes: scopes.filter(isScope) };
}

function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word);
}

export function hashApiKey(vault: Pick<Vault, "hash">, key: string): Buffer {
  return vault.hash(`api-key\n${key}`);
}
