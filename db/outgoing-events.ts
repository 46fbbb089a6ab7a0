import { randomUUID } from "node:crypto";
import { and, asc, eq, sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";
import { eventDeliveries, eventEndpoints, events } from "./schema/events.ts";
import type { Vault } from "./vault.ts";

/** What the tenant's own systems may be told. */
export const EVENT_TYPES = [
  "message.received",
  "message.reply.sent",
  "message.reply.delivered",
  "message.reply.read",
  "message.reply.failed",
  "conversation.claimed",
  "conversation.released",
  "conversation.paused",
  "conversation.resumed",
  "contact.opted_out",
  "contact.opted_in",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface NewEvent {
  tenantId: string;
  type: EventType;
  conversationId: string | null;
  /** Ids and states, never what was said: texts are looked up when the event is sent to who may see them. */
  data: Record<string, unknown>;
}

/** Writes an event into the transaction that it tells of; a tenant that nobody listens for pays nothing. */
export async function emitEvent(
  tx: Queryable,
  { tenantId, type, conversationId, data }: NewEvent,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO events (id, tenant_id, type, conversation_id, data)
    SELECT ${randomUUID()}::uuid, ${tenantId}, ${type}, ${conversationId}::uuid, ${JSON.stringify(data)}::jsonb
    WHERE ${hasListeners(tenantId)}`);
}

export function hasListeners(tenantId: string) {
  return sql`EXISTS (SELECT FROM event_endpoints e WHERE e.tenant_id = ${tenantId} AND e.disabled_at IS NULL)`;
}

export interface EventDeliveryKey {
  eventId: string;
  endpointId: string;
}

/**
 * Gives each waiting event to the endpoints that want it: one delivery row per pair. Two relays at once take different events.
 * Returns how many events were relayed.
 */
export async function relayEvents(db: Queryable, limit: number): Promise<number> {
  const { rows } = await db.execute<{ relayed: number }>(sql`
    WITH waiting AS (
      SELECT id, tenant_id, type FROM events WHERE relayed_at IS NULL ORDER BY ordinal LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), given AS (
      INSERT INTO event_deliveries (event_id, endpoint_id, tenant_id)
      SELECT w.id, e.id, w.tenant_id FROM waiting w JOIN event_endpoints e
        ON e.tenant_id = w.tenant_id AND e.disabled_at IS NULL AND (cardinality(e.types) = 0 OR w.type = ANY (e.types))
      ON CONFLICT DO NOTHING
    ), relayed AS (
      UPDATE events SET relayed_at = now() FROM waiting WHERE events.id = waiting.id RETURNING events.id
    )
    SELECT count(*)::int AS relayed FROM relayed`);
  return rows[0]?.relayed ?? 0;
}

/** Deliveries whose time has come and that no workflow may be working on. */
export async function dueDeliveries(
  db: Queryable,
  { overdueMs, limit }: { overdueMs: number; limit: number },
): Promise<(EventDeliveryKey & { tenantId: string; isNew: boolean })[]> {
  return await db
    .select({
      eventId: eventDeliveries.eventId,
      endpointId: eventDeliveries.endpointId,
      tenantId: eventDeliveries.tenantId,
      isNew: sql<boolean>`${eventDeliveries.attempt} = 0`,
    })
    .from(eventDeliveries)
    .where(
      and(
        eq(eventDeliveries.state, "pending"),
        sql`${eventDeliveries.nextAttemptAt} < now() - make_interval(secs => ${overdueMs / 1000})`,
      ),
    )
    .orderBy(asc(eventDeliveries.nextAttemptAt))
    .limit(limit);
}

export async function findEventDelivery(db: Queryable, { eventId, endpointId }: EventDeliveryKey) {
  const [row] = await db
    .select({ event: events, endpoint: eventEndpoints, delivery: eventDeliveries })
    .from(eventDeliveries)
    .innerJoin(events, eq(events.id, eventDeliveries.eventId))
    .innerJoin(eventEndpoints, eq(eventEndpoints.id, eventDeliveries.endpointId))
    .where(isDelivery({ eventId, endpointId }));
  return row ?? null;
}

export async function settleEventDelivery(
  db: Queryable,
  key: EventDeliveryKey,
  result: Pick<typeof eventDeliveries.$inferInsert, "state" | "attempt" | "code" | "nextAttemptAt">,
): Promise<void> {
  await db
    .update(eventDeliveries)
    .set({ ...result, updatedAt: sql`clock_timestamp()` })
    .where(isDelivery(key));
}

/** The endpoint said that it is gone: nothing is sent there until somebody enables it again. */
export async function disableEndpoint(
  db: Queryable,
  endpointId: string,
  reason: "gone" | "failing",
): Promise<void> {
  await db
    .update(eventEndpoints)
    .set({ disabledAt: sql`now()`, disabledReason: reason })
    .where(eq(eventEndpoints.id, endpointId));
}

export function openEndpointSecrets(
  vault: Vault,
  { id, tenantId, secrets }: Pick<typeof eventEndpoints.$inferSelect, "id" | "tenantId" | "secrets">,
): string[] {
  return JSON.parse(vault.openForTenant(tenantId, `event-endpoint:${id}`, secrets)) as string[];
}

export function sealEndpointSecrets(
  vault: Vault,
  { id, tenantId }: { id: string; tenantId: string },
  secrets: readonly string[],
): Buffer {
  return vault.sealForTenant(tenantId, `event-endpoint:${id}`, JSON.stringify(secrets));
}

function isDelivery({ eventId, endpointId }: EventDeliveryKey) {
  return and(eq(eventDeliveries.eventId, eventId), eq(eventDeliveries.endpointId, endpointId));
}
