import { createHash } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { idempotencyKeys } from "../schema/access.ts";
import type { Vault } from "../connection/vault.ts";

/*
 * A request with an `Idempotency-Key` and its answer:
 *
 *   (none) -> begun               the first request is being answered
 *   begun -> answered             its answer is kept for 24 h and given again
 *   begun -> (none)               it failed, so that nothing was done: the next one is a first one
 *   begun -> begun                nothing was heard of it for 60 s: the next one takes over
 *   answered -> begun             24 h later the key means nothing any more
 *
 * `created_at` is the fence: who was overtaken writes nothing.
 */

export interface KeyedRequest {
  /** Keys of two tenants never meet. */
  tenantId: string;
  key: string;
  /** Everything that makes the request: the same key with anything else is a mistake of the caller. */
  fingerprint: string;
}

export interface StoredResponse {
  status: number;
  body: string;
}

export type BeginResult =
  | { kind: "first"; fence: string }
  | { kind: "answered"; response: StoredResponse }
  | { kind: "in_progress" }
  | { kind: "reused" };

/** A handler is given up after 3 s: whoever has not answered after a minute was killed. */
const ABANDONED_AFTER = "60 seconds";
const KEPT_FOR = "24 hours";

export async function beginRequest(db: Queryable, vault: Vault, request: KeyedRequest): Promise<BeginResult> {
  const requestHash = createHash("sha256").update(request.fingerprint).digest();
  const { tenantId, key } = request;
  const [first] = await db
    .insert(idempotencyKeys)
    .values({ tenantId, key, requestHash, createdAt: sql`clock_timestamp()` })
    .onConflictDoUpdate({
      target: [idempotencyKeys.tenantId, idempotencyKeys.key],
      set: { requestHash, status: null, body: null, createdAt: sql`clock_timestamp()` },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - CASE WHEN ${idempotencyKeys.status} IS NULL
        THEN ${ABANDONED_AFTER}::interval ELSE ${KEPT_FOR}::interval END`,
    })
    .returning({ fence: sql<string>`${idempotencyKeys.createdAt}::text` });
  if (first !== undefined) return { kind: "first", fence: first.fence };
  const [stored] = await db.select().from(idempotencyKeys).where(isKey(request));
  // It failed in this very moment: the caller may come again.
  if (stored === undefined) return { kind: "in_progress" };
  if (!stored.requestHash.equals(requestHash)) return { kind: "reused" };
  if (stored.status === null || stored.body === null) return { kind: "in_progress" };
  const body = vault.openForTenant(tenantId, label(key), stored.body);
  return { kind: "answered", response: { status: stored.status, body } };
}

/** Answers may hold what is shown only once (a key, a secret): they are kept encrypted. */
export async function storeResponse(
  db: Queryable,
  vault: Vault,
  request: KeyedRequest & { fence: string },
  { status, body }: StoredResponse,
): Promise<void> {
  const sealed = vault.sealForTenant(request.tenantId, label(request.key), body);
  await db.update(idempotencyKeys).set({ status, body: sealed }).where(isFenced(request));
}

export async function deleteRequest(db: Queryable, request: KeyedRequest & { fence: string }): Promise<void> {
  await db.delete(idempotencyKeys).where(isFenced(request));
}

/** Keys whose answers nobody gets any more. */
export async function deleteOldIdempotencyKeys(db: Queryable): Promise<number> {
  const { rowCount } = await db
    .delete(idempotencyKeys)
    .where(sql`${idempotencyKeys.createdAt} < now() - ${KEPT_FOR}::interval`);
  return rowCount ?? 0;
}

function isKey({ tenantId, key }: KeyedRequest) {
  return and(eq(idempotencyKeys.tenantId, tenantId), eq(idempotencyKeys.key, key));
}

function isFenced(request: KeyedRequest & { fence: string }) {
  return and(isKey(request), sql`${idempotencyKeys.createdAt} = ${request.fence}::timestamptz`);
}

const label = (key: string) => `idempotency:${key}`;
