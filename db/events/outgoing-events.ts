import { sql } from "drizzle-orm";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";

/*
 * An outbox: an event is written in the transaction of its change. Later it is relayed, which writes one delivery row for
 * each endpoint that wants it (`event-deliveries.ts`). So a change that was rolled back has no event, and a committed change
 * always has one.
 */

/** Types of outgoing events. */
export const EVENT_TYPES = [
  "message.received",
  "message.reply.sent",
  "message.reply.delivered",
  "message.reply.read",
  "message.reply.failed",
  "message.dead_lettered",
  "conversation.taken_over",
  "conversation.handed_back",
  "conversation.paused",
  "conversation.resumed",
  "conversation.handoff.requested",
  "conversation.handoff.timed_out",
  "contact.opted_out",
  "contact.opted_in",
  "budget.alert",
  "configuration.wrong",
  "configuration.corrected",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A test event for one endpoint. No endpoint can subscribe to it. */
export const PING = "ping";

export interface NewEvent {
  tenantId: string;
  type: EventType;
  conversationId: string | null;
  /** Ids and states, never texts. Texts are added when the event is sent to an endpoint that may read them. */
  data: Record<string, unknown>;
}

/** Writes an event into the transaction of its change. It costs nothing for a tenant without an enabled endpoint. */
export async function emitEvent(
  tx: Queryable,
  { tenantId, type, conversationId, data }: NewEvent,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO events (id, tenant_id, type, conversation_id, data)
    SELECT ${newId()}::uuid, ${tenantId}, ${type}, ${conversationId}::uuid, ${JSON.stringify(data)}::jsonb
    WHERE ${hasListeners(sql`${tenantId}`)}`);
}

/** Whether a tenant (an SQL expression) has an enabled endpoint. */
export function hasListeners(tenantId: ReturnType<typeof sql>) {
  return sql`EXISTS (SELECT FROM event_endpoints e WHERE e.tenant_id = ${tenantId} AND e.disabled_at IS NULL)`;
}

/**
 * Writes one delivery row for each waiting event and each endpoint that wants it. Two relays at the same time take different
 * events. Returns the number of relayed events.
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

/** Deletes the oldest events whose deliveries have all ended, and those deliveries. Returns the number of events. */
export async function deleteOldEvents(
  db: Queryable,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<number> {
  const { rows } = await db.execute<{ deleted: number }>(sql`
    WITH old AS (
      SELECT id FROM events e
      WHERE created_at < now() - make_interval(secs => ${olderThanMs / 1000}) AND relayed_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM event_deliveries d WHERE d.event_id = e.id AND d.state = 'pending')
      ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), locked AS MATERIALIZED (
      SELECT d.event_id, d.endpoint_id, d.tenant_id FROM event_deliveries d JOIN old ON d.event_id = old.id
      ORDER BY d.event_id, d.endpoint_id FOR UPDATE OF d
    ), ended AS (
      DELETE FROM event_deliveries d USING locked l WHERE d.event_id = l.event_id AND d.endpoint_id = l.endpoint_id
    ), dismissals AS (
      DELETE FROM dead_letter_dismissals x USING locked l
      WHERE x.tenant_id = l.tenant_id AND x.id = l.event_id || '.' || l.endpoint_id
    ), deleted AS (
      DELETE FROM events e USING old WHERE e.id = old.id RETURNING e.id
    )
    SELECT count(*)::int AS deleted FROM deleted`);
  return rows[0]?.deleted ?? 0;
}
