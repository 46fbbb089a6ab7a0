import { and, asc, desc, eq, inArray } from "drizzle-orm";
import type { EndpointKey } from "./endpoint-secrets.ts";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { eventDeliveries, events } from "../schema/events.ts";

export type EventRow = typeof events.$inferSelect;
export type EventDeliveryRow = typeof eventDeliveries.$inferSelect;

export async function listEvents(
  db: Queryable,
  tenantId: string,
  page: PageRequest,
): Promise<Page<EventRow>> {
  const rows = await db
    .select({ event: events, at: toMicros(events.createdAt) })
    .from(events)
    .where(and(eq(events.tenantId, tenantId), keysetBefore(events, page)))
    .orderBy(desc(events.createdAt), desc(events.id))
    .limit(page.limit + 1);
  return toPage(
    rows.map(({ event, at }) => ({ ...event, at })),
    page,
  );
}

export async function findEvent(
  db: Queryable,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<EventRow | null> {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.tenantId, tenantId), eq(events.id, id)));
  return row ?? null;
}

/** The deliveries of an event. */
export async function findEventDeliveries(db: Queryable, eventId: string): Promise<EventDeliveryRow[]> {
  return await db
    .select()
    .from(eventDeliveries)
    .where(eq(eventDeliveries.eventId, eventId))
    .orderBy(asc(eventDeliveries.endpointId));
}

export type EventDeliveryState = EventDeliveryRow["state"];

/** The deliveries of an endpoint, the last change first. */
export async function findEndpointDeliveries(
  db: Queryable,
  { tenantId, id }: EndpointKey,
  page: PageRequest & { states: readonly EventDeliveryState[] },
): Promise<Page<EventDeliveryRow>> {
  const rows = await db
    .select({ delivery: eventDeliveries, at: toMicros(eventDeliveries.updatedAt) })
    .from(eventDeliveries)
    .where(
      and(
        eq(eventDeliveries.tenantId, tenantId),
        eq(eventDeliveries.endpointId, id),
        inArray(eventDeliveries.state, [...page.states]),
        keysetBefore({ createdAt: eventDeliveries.updatedAt, id: eventDeliveries.eventId }, page),
      ),
    )
    .orderBy(desc(eventDeliveries.updatedAt), desc(eventDeliveries.eventId))
    .limit(page.limit + 1);
  return toPage(
    rows.map(({ delivery, at }) => ({ ...delivery, at, id: delivery.eventId })),
    page,
  );
}
