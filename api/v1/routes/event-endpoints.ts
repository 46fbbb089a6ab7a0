import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  changeEventEndpoint,
  createEventEndpoint,
  deleteEventEndpoint,
  type EventEndpoint,
  findEventEndpoint,
  listEventEndpoints,
  MAX_ENDPOINTS,
} from "../../../db/events/event-endpoints.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { type Caller, requireAccess } from "../http/authenticator.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import {
  ENDPOINT,
  ENDPOINT_EXAMPLE,
  ENDPOINT_PARAMS,
  ENDPOINT_WITH_SECRET,
  endpointBodies,
  NEW_ENDPOINT_EXAMPLE,
  SECRET_EXAMPLE,
  formatEndpoint,
} from "../../views/event-endpoint.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const one = {
  path: "/event-endpoints/:endpoint_id",
  tag: "events",
  params: ENDPOINT_PARAMS,
  response: { status: 200, description: "The endpoint", schema: ENDPOINT, example: ENDPOINT_EXAMPLE },
} as const;

/** `/v1/event-endpoints`: where the tenant's own systems want to be told. */
export function registerEventEndpoints(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, egress } = dependencies;
  const bodies = endpointBodies(egress);

  addRoute(app, dependencies, {
    method: "GET",
    path: "/event-endpoints",
    operationId: "listEventEndpoints",
    summary: "The tenant's endpoints for events, newest first",
    tag: "events",
    access: "events:read",
    query: z.object(pageQuery()),
    response: {
      status: 200,
      description: "Without their secrets",
      schema: pageSchema(ENDPOINT),
      example: { data: [ENDPOINT_EXAMPLE], next_cursor: null },
    },
    handle: async ({ tenantId, query }) =>
      formatPage(await listEventEndpoints(db, tenantId, pageRequest(query)), formatEndpoint),
  });

  addRoute(app, dependencies, {
    method: "POST",
    path: "/event-endpoints",
    operationId: "createEventEndpoint",
    summary: "Adds an endpoint for events",
    description: `Events are posted there as Standard Webhooks, from now on. \`include_text\` needs conversations:read too. At most ${MAX_ENDPOINTS} per tenant.`,
    tag: "events",
    access: "events:write",
    body: bodies.create,
    bodyExample: NEW_ENDPOINT_EXAMPLE,
    response: {
      status: 201,
      description: "The endpoint with its secret, shown once",
      schema: ENDPOINT_WITH_SECRET,
      example: { ...ENDPOINT_EXAMPLE, secret: SECRET_EXAMPLE },
    },
    problems: ["endpoint_limit"],
    async handle({ tenantId, caller, body: { include_text: includeText, ...body } }) {
      requireTextAccess(caller, includeText);
      const made = await createEventEndpoint(db, vault, { tenantId, ...body, includeText });
      if (made === null)
        throw new Problem("endpoint_limit", `Delete one of the ${MAX_ENDPOINTS} that are there first.`);
      return { ...formatEndpoint(made), secret: made.secret };
    },
  });

  addRoute(app, dependencies, {
    ...one,
    method: "GET",
    operationId: "getEventEndpoint",
    summary: "One endpoint",
    access: "events:read",
    handle: async ({ tenantId, params }) =>
      formatEndpoint(requireEndpoint(await findEventEndpoint(db, { tenantId, id: params.endpoint_id }))),
  });

  addRoute(app, dependencies, {
    ...one,
    method: "PATCH",
    operationId: "updateEventEndpoint",
    summary: "Changes where an endpoint is and what it is told",
    access: "events:write",
    body: bodies.update,
    bodyExample: { types: ["message.received"] },
    async handle({ tenantId, caller, params, body: { include_text: includeText, ...body } }) {
      const key = { tenantId, id: params.endpoint_id };
      const now = requireEndpoint(await findEventEndpoint(db, key));
      // A new address for texts is as good as a key to them.
      requireTextAccess(caller, includeText ?? (now.includeText && body.url !== undefined));
      const change = { ...body, ...(includeText === undefined ? {} : { includeText }) };
      return formatEndpoint(requireEndpoint(await changeEventEndpoint(db, key, change)));
    },
  });

  addRoute(app, dependencies, {
    ...one,
    method: "DELETE",
    operationId: "deleteEventEndpoint",
    summary: "Removes an endpoint; what waits for it is not sent",
    access: "events:write",
    handle: async ({ tenantId, params }) =>
      formatEndpoint(requireEndpoint(await deleteEventEndpoint(db, { tenantId, id: params.endpoint_id }))),
  });
}

function requireTextAccess(caller: Caller, readsTexts: boolean): void {
  if (readsTexts) requireAccess(caller, "conversations:read");
}

export function requireEndpoint(endpoint: EventEndpoint | null): EventEndpoint {
  if (endpoint === null) throw new Problem("not_found", "The tenant has no such endpoint.");
  return endpoint;
}
