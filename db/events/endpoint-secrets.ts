import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { readDatabaseTime } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { eventEndpoints } from "../schema/events.ts";
import { reasonIfUnreadable, type Vault } from "../connection/vault.ts";

/*
 * The secrets that sign an endpoint's events, the current one first. While earlier secrets are valid, each event carries a
 * signature by each of them, so that the receiver can change over at any time.
 */

export interface EndpointKey {
  tenantId: string;
  id: string;
}

export interface EndpointSecret {
  secret: string;
  /** End of its validity (ISO 8601); null: valid until it is dropped. */
  until: string | null;
}

/** A limit on the signatures in one header. */
const MAX_SECRETS = 3;

export function createEndpointSecrets(): [EndpointSecret] {
  return [{ secret: `whsec_${randomBytes(32).toString("base64")}`, until: null }];
}

export function sealEndpointSecrets(
  vault: Vault,
  { id, tenantId }: EndpointKey,
  secrets: readonly EndpointSecret[],
): Buffer {
  return vault.sealForTenant(tenantId, `event-endpoint:${id}`, JSON.stringify(secrets));
}

/** The secrets that are valid now, by the database's clock. */
export function openEndpointSecrets(
  vault: Vault,
  { id, tenantId, secrets }: EndpointKey & { secrets: Buffer },
  now: Date,
): EndpointSecret[] {
  const all = JSON.parse(vault.openForTenant(tenantId, `event-endpoint:${id}`, secrets)) as EndpointSecret[];
  return all.filter(({ until }) => until === null || new Date(until) > now);
}

/** Endpoints whose events cannot be signed. */
export async function listUnreadableEndpoints(
  db: Queryable,
  vault: Vault,
): Promise<(EndpointKey & { reason: string })[]> {
  const rows = await db
    .select({
      id: eventEndpoints.id,
      tenantId: eventEndpoints.tenantId,
      secrets: eventEndpoints.secrets,
    })
    .from(eventEndpoints);
  const now = await readDatabaseTime(db);
  return rows.flatMap((row) => {
    const opened = tryToOpen(vault, row, now);
    return opened.ok ? [] : [{ id: row.id, tenantId: row.tenantId, reason: opened.reason }];
  });
}

function tryToOpen(
  ...[vault, stored, now]: Parameters<typeof openEndpointSecrets>
): { ok: true; secrets: EndpointSecret[] } | { ok: false; reason: string } {
  try {
    return { ok: true, secrets: openEndpointSecrets(vault, stored, now) };
  } catch (error) {
    return { ok: false, reason: reasonIfUnreadable(error) };
  }
}

export interface SecretRotation {
  /** Shown once, never again. */
  secret: string;
  previousUntil: string | null;
}

/**
 * The new secret signs from now on. The one before it stays valid until `previousUntil` (null: until it is dropped). Null
 * where the endpoint does not exist.
 */
export async function rotateEndpointSecret(
  db: Queryable,
  vault: Vault,
  key: EndpointKey,
  { now, previousUntil }: { now: Date; previousUntil: Date | null },
): Promise<SecretRotation | null> {
  const until = previousUntil?.toISOString() ?? null;
  const [made] = createEndpointSecrets();
  const isChanged = await changeSecrets(db, vault, key, (stored) => {
    // Secrets that cannot be decrypted cannot sign either: the new one replaces them.
    const opened = tryToOpen(vault, stored, now);
    const [current, ...earlier] = opened.ok ? opened.secrets : [];
    return [made, ...(current === undefined ? [] : [{ ...current, until }]), ...earlier].slice(
      0,
      MAX_SECRETS,
    );
  });
  return isChanged ? { secret: made.secret, previousUntil: until } : null;
}

/** Only the current secret signs from now on. False where the endpoint does not exist. */
export async function dropPreviousSecrets(db: Queryable, vault: Vault, key: EndpointKey): Promise<boolean> {
  const now = await readDatabaseTime(db);
  return await changeSecrets(db, vault, key, (stored) => openEndpointSecrets(vault, stored, now).slice(0, 1));
}

async function changeSecrets(
  db: Queryable,
  vault: Vault,
  key: EndpointKey,
  change: (stored: EndpointKey & { secrets: Buffer }) => EndpointSecret[],
): Promise<boolean> {
  const isEndpoint = and(eq(eventEndpoints.tenantId, key.tenantId), eq(eventEndpoints.id, key.id));
  return await db.transaction(async (tx) => {
    const [stored] = await tx
      .select({ secrets: eventEndpoints.secrets })
      .from(eventEndpoints)
      .where(isEndpoint)
      .for("update");
    if (stored === undefined) return false;
    const secrets = sealEndpointSecrets(vault, key, change({ ...key, ...stored }));
    await tx.update(eventEndpoints).set({ secrets }).where(isEndpoint);
    return true;
  });
}
