import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  getEvent,
  listEndpointDeliveries,
  listEventDeliveries,
  listEvents,
  resendEvent,
} from "../../operations/events.ts";
import type { Using } from "../../operations/operation-context.ts";
import {
  EVENT,
  EVENT_DELIVERY,
  EVENT_DELIVERY_STATES,
  createFormatEvent,
  formatEventDelivery,
} from "../../views/event.ts";
import { ID } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import type { Caller } from "../http/authenticator.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";
import { ENDPOINT_PARAMS } from "./event-endpoints.ts";

const PARAMS = z.object({ event_id: ID });
const readable = { method: "GET", tag: "events", access: "events:read" } as const;

/** `/v1/events`: outgoing events. They are kept for 30 days. */
export function registerEvents(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/events",
    operationId: "listEvents",
    summary: "The tenant's events, newest first. Without an enabled endpoint no events are kept",
    query: z.object(pageQuery()),
    response: { status: 200, description: "A page of events", ...pageView(EVENT) },
    handle: async ({ tenantId, caller, query, context }) =>
      formatPage(
        await listEvents(context, { tenantId, page: pageRequest(query) }),
        createFormat(context, caller),
      ),
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/events/:event_id",
    operationId: "getEvent",
    summary: "One event",
    params: PARAMS,
    response: { status: 200, description: "The event", ...EVENT },
    handle: async ({ tenantId, caller, params, context }) =>
      createFormat(context, caller)(await getEvent(context, { tenantId, id: params.event_id })),
  });
}

/** Deliveries of events to endpoints. */
export function registerEventDeliveries(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/events/:event_id/deliveries",
    operationId: "listEventDeliveries",
    summary: "The deliveries of one event",
    params: PARAMS,
    response: {
      status: 200,
      description: "All of them, one for each endpoint",
      ...pageView(EVENT_DELIVERY),
    },
    async handle({ tenantId, params, context }) {
      const page = await listEventDeliveries(context, { tenantId, id: params.event_id });
      return formatPage(page, formatEventDelivery);
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/event-endpoints/:endpoint_id/deliveries",
    operationId: "listEndpointDeliveries",
    summary: "The deliveries to one endpoint. The delivery that changed last comes first",
    params: ENDPOINT_PARAMS,
    query: z.object({ ...pageQuery(), state: z.enum(EVENT_DELIVERY_STATES).optional() }),
    response: { status: 200, description: "A page of deliveries", ...pageView(EVENT_DELIVERY) },
    async handle({ tenantId, params, query, context }) {
      const states = query.state === undefined ? EVENT_DELIVERY_STATES : [query.state];
      const input = { key: { tenantId, id: params.endpoint_id }, states, page: pageRequest(query) };
      return formatPage(await listEndpointDeliveries(context, input), formatEventDelivery);
    },
  });

  addRoute(app, dependencies, {
    method: "POST",
    tag: "events",
    access: "events:write",
    path: "/events/:event_id/resend",
    operationId: "resendEvent",
    summary: "Begins a new round of attempts to send an event to an endpoint",
    description:
      "The `webhook-id` stays the same, so a receiver can recognise the event. The endpoint can be newer than the event.",
    params: PARAMS,
    body: z.strictObject({ endpoint_id: ID }),
    bodyExample: { endpoint_id: EVENT_DELIVERY.example.endpoint_id },
    response: { status: 202, description: "The delivery that begins again", ...EVENT_DELIVERY },
    problems: ["endpoint_disabled"],
    async handle({ tenantId, params, body, context }) {
      const input = { tenantId, eventId: params.event_id, endpointId: body.endpoint_id };
      return formatEventDelivery(await resendEvent(context, input));
    },
  });
}

function createFormat({ vault }: Using<"vault">, { scopes }: Caller) {
  return createFormatEvent(vault, { mayReadVendorIds: scopes.includes("conversations:read") });
}
