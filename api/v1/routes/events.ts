import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { resendEvent } from "../../../db/events/event-deliveries.ts";
import { findEventEndpoint } from "../../../db/events/event-endpoints.ts";
import {
  findEndpointDeliveries,
  findEventDeliveries,
  findEvent,
  listEvents,
} from "../../../db/events/list-events.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { ENDPOINT_PARAMS } from "../../views/event-endpoint.ts";
import { requireEndpoint } from "./event-endpoints.ts";
import {
  EVENT,
  EVENT_DELIVERY,
  EVENT_DELIVERY_EXAMPLE,
  EVENT_DELIVERY_STATES,
  EVENT_EXAMPLE,
  EVENT_PARAMS,
  formatEvent,
  formatEventDelivery,
} from "../../views/event.ts";
import { ID } from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const readable = { method: "GET", tag: "events", access: "events:read" } as const;

/** `/v1/events`: what the tenant's own systems were told, and what became of it. Kept for 30 days. */
export function registerEvents(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db } = dependencies;

  async function requireEvent(tenantId: string, id: string) {
    const event = await findEvent(db, { tenantId, id });
    if (event === null)
      throw new Problem("not_found", "The tenant has no such event, or it is over 30 days old.");
    return event;
  }

  addRoute(app, dependencies, {
    ...readable,
    path: "/events",
    operationId: "listEvents",
    summary: "What happened, newest first; nothing is kept while no endpoint is on",
    query: z.object(pageQuery()),
    response: {
      status: 200,
      description: "A page of events",
      schema: pageSchema(EVENT),
      example: { data: [EVENT_EXAMPLE], next_cursor: null },
    },
    handle: async ({ tenantId, query }) =>
      formatPage(await listEvents(db, tenantId, pageRequest(query)), formatEvent),
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/events/:event_id",
    operationId: "getEvent",
    summary: "One event",
    params: EVENT_PARAMS,
    response: { status: 200, description: "The event", schema: EVENT, example: EVENT_EXAMPLE },
    handle: async ({ tenantId, params }) => formatEvent(await requireEvent(tenantId, params.event_id)),
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/events/:event_id/deliveries",
    operationId: "listEventDeliveries",
    summary: "Where an event went and what became of it there",
    params: EVENT_PARAMS,
    response: {
      status: 200,
      description: "All of them, one per endpoint",
      schema: pageSchema(EVENT_DELIVERY),
      example: { data: [EVENT_DELIVERY_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, params }) {
      const { id } = await requireEvent(tenantId, params.event_id);
      return { data: (await findEventDeliveries(db, id)).map(formatEventDelivery), next_cursor: null };
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/event-endpoints/:endpoint_id/deliveries",
    operationId: "listEndpointDeliveries",
    summary: "What an endpoint was sent, what changed last first",
    params: ENDPOINT_PARAMS,
    query: z.object({ ...pageQuery(), state: z.enum(EVENT_DELIVERY_STATES).optional() }),
    response: {
      status: 200,
      description: "A page of deliveries",
      schema: pageSchema(EVENT_DELIVERY),
      example: { data: [EVENT_DELIVERY_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, params, query }) {
      const endpoint = requireEndpoint(await findEventEndpoint(db, { tenantId, id: params.endpoint_id }));
      const states = query.state === undefined ? EVENT_DELIVERY_STATES : [query.state];
      const page = await findEndpointDeliveries(db, endpoint, { ...pageRequest(query), states });
      return formatPage(page, formatEventDelivery);
    },
  });

  addRoute(app, dependencies, {
    method: "POST",
    tag: "events",
    access: "events:write",
    path: "/events/:event_id/resend",
    operationId: "resendEvent",
    summary: "Begins a new round of attempts to hand an event to an endpoint",
    description:
      "With the same `webhook-id`: a receiver that has it already can tell. The endpoint may be newer than the event.",
    params: EVENT_PARAMS,
    body: z.strictObject({ endpoint_id: ID }),
    bodyExample: { endpoint_id: EVENT_DELIVERY_EXAMPLE.endpoint_id },
    response: {
      status: 202,
      description: "The delivery that begins anew",
      schema: EVENT_DELIVERY,
      example: EVENT_DELIVERY_EXAMPLE,
    },
    problems: ["endpoint_disabled"],
    async handle({ tenantId, params, body }) {
      const [eventId, endpointId] = [params.event_id, body.endpoint_id];
      const outcome = await resendEvent(db, { tenantId, eventId, endpointId });
      if (outcome === "endpoint_disabled")
        throw new Problem("endpoint_disabled", "Enable the endpoint first.");
      const rows = outcome === "queued" ? await findEventDeliveries(db, eventId) : [];
      const begun = rows.find((row) => row.endpointId === endpointId);
      if (begun === undefined)
        throw new Problem("not_found", "The tenant does not have both, event and endpoint.");
      return formatEventDelivery(begun);
    },
  });
}
