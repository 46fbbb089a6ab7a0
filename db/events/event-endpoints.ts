import { randomUUID } from "node:crypto";
import { and, desc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { createEndpointSecrets, type EndpointKey, sealEndpointSecrets } from "./endpoint-secrets.ts";
import { type EventType, PING } from "./outgoing-events.ts";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import { isLockedInOrder } from "./event-deliveries.ts";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { eventDeliveries, eventEndpoints, events } from "../schema/events.ts";
import { EVENT_DELIVERY_MOVES } from "../transitions/event-delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { Vault } from "../connection/vault.ts";

/*
 * The endpoints that get a tenant's outgoing events.
 *
 *   enabled -> disabled (gone, failing, operator)   its pending deliveries fail, and new events are not delivered to it
 *   disabled -> enabled                             for new events; an operator can resend those that it missed
 */

const { secrets: _sealed, ...publicColumns } = getTableColumns(eventEndpoints);
export type EventEndpoint = Omit<typeof eventEndpoints.$inferSelect, "secrets">;
export type DisabledReason = NonNullable<EventEndpoint["disabledReason"]>;

export interface EndpointSettings {
  url: string;
  /** The event types that it wants. Empty: all types. */
  types: readonly EventType[];
  includeText: boolean;
}

/** Each event has one delivery per endpoint. */
export const MAX_ENDPOINTS = 20;

/** Creates an endpoint with a secret, which is returned once and never again. Null where the tenant has too many endpoints. */
export async function createEventEndpoint(
  db: Queryable,
  vault: Vault,
  { tenantId, ...settings }: EndpointSettings & { tenantId: string },
): Promise<(EventEndpoint & { secret: string }) | null> {
  return await db.transaction(async (tx) => {
    // Without the lock two calls at the same time would both fit under the limit.
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext(${`event-endpoints:${tenantId}`}))`);
    const existing = await tx
      .select({ id: eventEndpoints.id })
      .from(eventEndpoints)
      .where(eq(eventEndpoints.tenantId, tenantId));
    if (existing.length >= MAX_ENDPOINTS) return null;
    const id = randomUUID();
    const created = createEndpointSecrets();
    const secrets = sealEndpointSecrets(vault, { id, tenantId }, created);
    const row = { id, tenantId, secrets, ...settings, types: [...settings.types] };
    const [endpoint] = await tx.insert(eventEndpoints).values(row).returning(publicColumns);
    if (endpoint === undefined) throw new Error("An endpoint was not stored.");
    return { ...endpoint, secret: created[0].secret };
  });
}

export async function listEventEndpoints(
  db: Queryable,
  tenantId: string,
  page: PageRequest,
): Promise<Page<EventEndpoint & { at: string }>> {
  const rows = await db
    .select({ ...publicColumns, at: toMicros(eventEndpoints.createdAt) })
    .from(eventEndpoints)
    .where(and(eq(eventEndpoints.tenantId, tenantId), keysetBefore(eventEndpoints, page)))
    .orderBy(desc(eventEndpoints.createdAt), desc(eventEndpoints.id))
    .limit(page.limit + 1);
  return toPage(rows, page);
}

export async function findEventEndpoint(db: Queryable, key: EndpointKey): Promise<EventEndpoint | null> {
  const [row] = await db.select(publicColumns).from(eventEndpoints).where(isEndpoint(key));
  return row ?? null;
}

export async function changeEventEndpoint(
  db: Queryable,
  key: EndpointKey,
  { types, ...settings }: Partial<EndpointSettings>,
): Promise<EventEndpoint | null> {
  const change = { ...settings, ...(types === undefined ? {} : { types: [...types] }) };
  if (Object.keys(change).length === 0) return await findEventEndpoint(db, key);
  const [row] = await db.update(eventEndpoints).set(change).where(isEndpoint(key)).returning(publicColumns);
  return row ?? null;
}

/** Nothing is sent to it until it is enabled again. Its pending deliveries fail. */
export async function disableEventEndpoint(
  db: Queryable,
  key: EndpointKey,
  reason: DisabledReason,
): Promise<EventEndpoint | null> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .update(eventEndpoints)
      // The first reason stays.
      .set({
        disabledAt: sql`coalesce(${eventEndpoints.disabledAt}, now())`,
        disabledReason: sql`coalesce(${eventEndpoints.disabledReason}, ${reason})`,
      })
      .where(isEndpoint(key))
      .returning(publicColumns);
    if (row === undefined) return null;
    await tx
      .update(eventDeliveries)
      .set({ state: EVENT_DELIVERY_MOVES.disable.to, code: "endpoint_disabled", updatedAt: sql`now()` })
      .where(isLockedInOrder(tx, key.id, mayMove(eventDeliveries.state, EVENT_DELIVERY_MOVES.disable)));
    return row;
  });
}

export async function enableEventEndpoint(db: Queryable, key: EndpointKey): Promise<EventEndpoint | null> {
  const [row] = await db
    .update(eventEndpoints)
    .set({ disabledAt: null, disabledReason: null, failingSince: null, throttledUntil: null })
    .where(isEndpoint(key))
    .returning(publicColumns);
  return row ?? null;
}

/** Deletes the endpoint and its deliveries. The events stay. */
export async function deleteEventEndpoint(db: Queryable, key: EndpointKey): Promise<EventEndpoint | null> {
  return await db.transaction(async (tx) => {
    const [row] = await tx.delete(eventEndpoints).where(isEndpoint(key)).returning(publicColumns);
    if (row === undefined) return null;
    await tx.delete(eventDeliveries).where(isLockedInOrder(tx, key.id));
    return row;
  });
}

/**
 * An event for this endpoint only, which takes the path of all events. Null where the endpoint does not exist or is disabled.
 */
export async function pingEventEndpoint(
  db: Queryable,
  key: EndpointKey,
): Promise<{ eventId: string } | null> {
  return await db.transaction(async (tx) => {
    const endpoint = await findEventEndpoint(tx, key);
    if (endpoint === null || endpoint.disabledAt !== null) return null;
    const { tenantId, id: endpointId } = key;
    const eventId = newId();
    const event = { id: eventId, tenantId, type: PING, data: { endpoint_id: endpointId } };
    // Marked as relayed, so that no other endpoint gets it.
    await tx.insert(events).values({ ...event, relayedAt: sql`now()` });
    await tx.insert(eventDeliveries).values({ eventId, endpointId, tenantId });
    return { eventId };
  });
}

function isEndpoint({ tenantId, id }: EndpointKey) {
  return and(eq(eventEndpoints.tenantId, tenantId), eq(eventEndpoints.id, id));
}

/** The URLs of all endpoints that are in use, of every tenant. */
export async function listEndpointUrls(db: Queryable): Promise<{ id: string; url: string }[]> {
  return await db
    .select({ id: eventEndpoints.id, url: eventEndpoints.url })
    .from(eventEndpoints)
    .where(isNull(eventEndpoints.disabledAt));
}
