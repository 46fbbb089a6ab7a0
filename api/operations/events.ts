import { resendEvent as queueEvent } from "../../db/events/event-deliveries.ts";
import {
  type EventDeliveryRow,
  type EventDeliveryState,
  type EventRow,
  findEndpointDeliveries,
  findEvent,
  findEventDeliveries,
  listEvents as selectEvents,
} from "../../db/events/list-events.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import { getEndpoint } from "./event-endpoints.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

/** Newest first. Events are kept for 30 days. */
export async function listEvents(
  { db }: Using<"db">,
  { tenantId, page }: { tenantId: string; page: PageRequest },
): Promise<Page<EventRow>> {
  return await selectEvents(db, tenantId, page);
}

export async function getEvent({ db }: Using<"db">, key: OwnedId): Promise<EventRow> {
  return requireFound("event", await findEvent(db, key));
}

/** One delivery for each endpoint. There are few endpoints, so this is one page. */
export async function listEventDeliveries(
  context: Using<"db">,
  key: OwnedId,
): Promise<Page<EventDeliveryRow>> {
  const { id } = await getEvent(context, key);
  return { rows: await findEventDeliveries(context.db, id), next: null };
}

/** The delivery that changed last comes first. */
export async function listEndpointDeliveries(
  context: Using<"db">,
  { key, states, page }: { key: OwnedId; states: readonly EventDeliveryState[]; page: PageRequest },
): Promise<Page<EventDeliveryRow>> {
  const endpoint = await getEndpoint(context, key);
  return await findEndpointDeliveries(context.db, endpoint, { ...page, states });
}

/** Begins a new round of attempts at one endpoint, with the same `webhook-id`. The endpoint can be newer than the event. */
export async function resendEvent(
  { db }: Using<"db">,
  { tenantId, eventId, endpointId }: { tenantId: string; eventId: string; endpointId: string },
): Promise<EventDeliveryRow> {
  const outcome = await queueEvent(db, { tenantId, eventId, endpointId });
  if (outcome === "endpoint_disabled") throw new OperationError({ code: "endpoint_disabled" });
  const rows = outcome === "queued" ? await findEventDeliveries(db, eventId) : [];
  return requireFound("event_or_endpoint", rows.find((row) => row.endpointId === endpointId) ?? null);
}
