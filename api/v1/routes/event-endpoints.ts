import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { MAX_ENDPOINTS } from "../../../db/events/event-endpoints.ts";
import { EVENT_TYPES } from "../../../db/events/outgoing-events.ts";
import { text } from "../../../infra/runtime/config/field-rules.ts";
import {
  createEndpoint,
  deleteEndpoint,
  disableEndpoint,
  dropPreviousSecret,
  enableEndpoint,
  getEndpoint,
  listEndpoints,
  PREVIOUS_VALID_DEFAULT_S,
  PREVIOUS_VALID_S,
  resendFailedEvents,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from "../../operations/event-endpoints.ts";
import {
  ENDPOINT,
  formatEndpoint,
  formatNewEndpoint,
  formatRotatedSecret,
  NEW_ENDPOINT,
  ROTATED_SECRET,
} from "../../views/event-endpoint.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import type { Caller } from "../http/authenticator.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

export const ENDPOINT_PARAMS = z.object({ endpoint_id: ID });
const TYPES = z.array(z.enum(EVENT_TYPES, { error: `must be of ${EVENT_TYPES.join(", ")}` })).max(50);
const FIELDS = z.strictObject({ url: text(2_000), types: TYPES, include_text: z.boolean() });
const CREATE = FIELDS.extend({ types: TYPES.default([]), include_text: z.boolean().default(false) });
const CHANGE = FIELDS.partial();

const response = { status: 200, description: "The endpoint", ...ENDPOINT } as const;
const readable = { method: "GET", tag: "events", access: "events:read" } as const;
const writable = { tag: "events", access: "events:write" } as const;
const path = "/event-endpoints/:endpoint_id";

/** `/v1/event-endpoints`: where outgoing events are sent. */
export function registerEventEndpoints(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/event-endpoints",
    operationId: "listEventEndpoints",
    summary: "The tenant's endpoints for events, newest first",
    query: z.object(pageQuery()),
    response: { status: 200, description: "Without their secrets", ...pageView(ENDPOINT) },
    handle: async ({ tenantId, query, context }) =>
      formatPage(await listEndpoints(context, { tenantId, page: pageRequest(query) }), formatEndpoint),
  });

  addRoute(app, dependencies, {
    ...writable,
    method: "POST",
    path: "/event-endpoints",
    operationId: "createEventEndpoint",
    summary: "Creates an endpoint for events",
    description: `Events are sent as Standard Webhooks from now on. \`include_text\` also needs conversations:read. A tenant can have ${MAX_ENDPOINTS} endpoints.`,
    body: CREATE,
    bodyExample: {
      url: ENDPOINT.example.url,
      types: ["message.received", "message.reply.failed"],
      include_text: false,
    },
    response: { status: 201, description: "The endpoint with its secret, shown once", ...NEW_ENDPOINT },
    problems: ["endpoint_limit"],
    async handle({ tenantId, caller, body: { include_text: includeText, ...body }, context }) {
      const endpoint = { tenantId, ...body, includeText, mayReadTexts: mayReadTexts(caller) };
      return formatNewEndpoint(await createEndpoint(context, endpoint));
    },
  });
}

/** `/v1/event-endpoints/{endpoint_id}` */
export function registerEventEndpoint(app: FastifyInstance, dependencies: V1Dependencies): void {
  const one = { path, params: ENDPOINT_PARAMS, response };

  addRoute(app, dependencies, {
    ...readable,
    ...one,
    operationId: "getEventEndpoint",
    summary: "One endpoint",
    handle: async ({ tenantId, params, context }) =>
      formatEndpoint(await getEndpoint(context, toKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    ...writable,
    ...one,
    method: "PATCH",
    operationId: "updateEventEndpoint",
    summary: "Changes the URL, the event types or the texts of an endpoint",
    body: CHANGE,
    bodyExample: { types: ["message.received"] },
    async handle({ tenantId, caller, params, body: { include_text: includeText, ...body }, context }) {
      const change = { ...body, ...(includeText === undefined ? {} : { includeText }) };
      const input = { key: toKey(tenantId, params), change, mayReadTexts: mayReadTexts(caller) };
      return formatEndpoint(await updateEndpoint(context, input));
    },
  });

  addRoute(app, dependencies, {
    ...writable,
    ...one,
    method: "DELETE",
    operationId: "deleteEventEndpoint",
    summary: "Deletes an endpoint. Waiting events are not sent to it",
    handle: async ({ tenantId, params, context }) =>
      formatEndpoint(await deleteEndpoint(context, toKey(tenantId, params))),
  });

  for (const [action, operationId, run, summary, description] of ACTIONS) {
    addRoute(app, dependencies, {
      ...writable,
      ...one,
      method: "POST",
      path: `${path}/${action}`,
      operationId,
      summary,
      problems: ["secrets_unreadable"],
      ...(description === undefined ? {} : { description }),
      handle: async ({ tenantId, params, context }) =>
        formatEndpoint(await run(context, toKey(tenantId, params))),
    });
  }
}

const ACTIONS = [
  [
    "secret/drop-previous",
    "dropPreviousEventEndpointSecrets",
    dropPreviousSecret,
    "Removes the previous secret: only the current one signs",
    undefined,
  ],
  [
    "disable",
    "disableEventEndpoint",
    disableEndpoint,
    "Disables an endpoint. Waiting events fail, and no events are kept for it",
    undefined,
  ],
  [
    "enable",
    "enableEventEndpoint",
    enableEndpoint,
    "Enables an endpoint, whatever disabled it",
    "It gets the events from now on; resend-failed sends the events that it did not accept before.",
  ],
] as const;

/** Operations on one endpoint with a response of their own. */
export function registerEventEndpointActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const action = { ...writable, method: "POST", params: ENDPOINT_PARAMS } as const;

  addRoute(app, dependencies, {
    ...action,
    path: `${path}/secret/rotate`,
    operationId: "rotateEventEndpointSecret",
    summary: "Gives an endpoint a new secret",
    description:
      "The previous secret signs too for `previous_valid_s` seconds. The default is a day; null means until it is dropped.",
    body: z.strictObject({ previous_valid_s: PREVIOUS_VALID_S.nullable().default(PREVIOUS_VALID_DEFAULT_S) }),
    bodyExample: { previous_valid_s: PREVIOUS_VALID_DEFAULT_S },
    response: { status: 200, description: "The new secret, shown once", ...ROTATED_SECRET },
    async handle({ tenantId, params, body, context }) {
      const input = { key: toKey(tenantId, params), previousValidS: body.previous_valid_s };
      return formatRotatedSecret(await rotateSecret(context, input));
    },
  });

  addRoute(app, dependencies, {
    ...action,
    path: `${path}/test`,
    operationId: "testEventEndpoint",
    summary: "Sends a ping in the same way as every event",
    response: {
      status: 202,
      description: "The ping's event. Its deliveries show the result",
      schema: z.object({ event_id: ID }),
      example: { event_id: EXAMPLE_ID },
    },
    problems: ["endpoint_disabled"],
    async handle({ tenantId, params, context }) {
      return { event_id: (await testEndpoint(context, toKey(tenantId, params))).eventId };
    },
  });

  addRoute(app, dependencies, {
    ...action,
    path: `${path}/resend-failed`,
    operationId: "resendFailedEvents",
    summary: "Sends the events again that an endpoint did not accept",
    body: z.strictObject({ since: TIMESTAMP }),
    bodyExample: { since: EXAMPLE_TIMESTAMP },
    response: {
      status: 202,
      description: "The number of events that begin a new round of attempts",
      schema: z.object({ queued: z.int() }),
      example: { queued: 12 },
    },
    problems: ["endpoint_disabled"],
    handle: async ({ tenantId, params, body, context }) =>
      await resendFailedEvents(context, { key: toKey(tenantId, params), since: new Date(body.since) }),
  });
}

function toKey(tenantId: string, params: z.output<typeof ENDPOINT_PARAMS>) {
  return { tenantId, id: params.endpoint_id };
}

function mayReadTexts({ scopes }: Caller): boolean {
  return scopes.includes("conversations:read");
}
