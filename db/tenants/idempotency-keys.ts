import { createHash } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { idempotencyKeys } from "../schema/access.ts";
import { reasonIfUnreadable, type Vault } from "../connection/vault.ts";

/*
 * A request with an `Idempotency-Key` and its response:
 *
 *   (none) -> begun           the first request is in progress
 *   begun -> answered         its changes and its response are committed together; the response is repeated for 24 h
 *   begun -> (none)           the request failed and changed nothing, so the next one is a first one
 *   begun -> begun            no end of the request for 60 s: the next one takes over
 *   answered -> begun         after 24 h the key can be used again
 *
 * `created_at` is the fence: a request that was overtaken writes nothing.
 */

export interface KeyedRequest {
  /** Each tenant has its own keys. */
  tenantId: string;
  key: string;
  /** Everything that makes the request. The same key with another request is an error of the caller. */
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
  | { kind: "reused" }
  /** The first request was done, but its response cannot be decrypted. */
  | { kind: "unreadable"; reason: string };

/** A handler is aborted after 3 s, so a request without an end after a minute was killed. */
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
  // The other request failed at this time, so the caller may try again.
  if (stored === undefined) return { kind: "in_progress" };
  if (!stored.requestHash.equals(requestHash)) return { kind: "reused" };
  if (stored.status === null || stored.body === null) return { kind: "in_progress" };
  try {
    const body = vault.openForTenant(tenantId, label(key), stored.body);
    return { kind: "answered", response: { status: stored.status, body } };
  } catch (error) {
    return { kind: "unreadable", reason: reasonIfUnreadable(error) };
  }
}

/**
 * Responses may hold values that are shown once (a key, a secret), so they are encrypted. False where another request has taken over: the
 * changes of this one must not be committed.
 */
export async function storeResponse(
  db: Queryable,
  vault: Vault,
  request: KeyedRequest & { fence: string },
  { status, body }: StoredResponse,
): Promise<boolean> {
  const sealed = vault.sealForTenant(request.tenantId, label(request.key), body);
  const { rowCount } = await db
    .update(idempotencyKeys)
    .set({ status, body: sealed })
    .where(isFenced(request));
  return rowCount === 1;
}

/** Ends a request that failed. One whose response is stored, also by a commit in progress, stays. */
export async function deleteUnanswered(
  db: Queryable,
  request: KeyedRequest & { fence: string },
): Promise<void> {
  await db.delete(idempotencyKeys).where(and(isFenced(request), isNull(idempotencyKeys.status)));
}

/** Deletes a batch of keys whose responses are not repeated any more. Returns their number. */
export async function deleteOldIdempotencyKeys(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    DELETE FROM ${idempotencyKeys} WHERE ctid IN (
      SELECT ctid FROM ${idempotencyKeys} WHERE created_at < now() - ${KEPT_FOR}::interval
      ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`);
  return rowCount ?? 0;
}

function isKey({ tenantId, key }: KeyedRequest) {
  return and(eq(idempotencyKeys.tenantId, tenantId), eq(idempotencyKeys.key, key));
}

function isFenced(request: KeyedRequest & { fence: string }) {
  return and(isKey(request), sql`${idempotencyKeys.createdAt} = ${request.fence}::timestamptz`);
}

const label = (key: string) => `idempotency:${key}`;
