import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { dropPreviousSecrets, rotateEndpointSecret } from "../../../db/events/endpoint-secrets.ts";
import { resendFailed } from "../../../db/events/event-deliveries.ts";
import {
  disableEventEndpoint,
  enableEventEndpoint,
  findEventEndpoint,
  pingEventEndpoint,
} from "../../../db/events/event-endpoints.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import {
  ENDPOINT,
  ENDPOINT_EXAMPLE,
  ENDPOINT_PARAMS,
  SECRET_EXAMPLE,
  formatEndpoint,
} from "../../views/event-endpoint.ts";
import { requireEndpoint } from "./event-endpoints.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestampOrNull } from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const common = {
  method: "POST",
  tag: "events",
  access: "events:write",
  params: ENDPOINT_PARAMS,
} as const;
const endpointResponse = {
  status: 200,
  description: "The endpoint",
  schema: ENDPOINT,
  example: ENDPOINT_EXAMPLE,
} as const;

const DAY_S = 86_400;

/** What is done to an endpoint: its secret changed over, switched off and on, tried out, made up for what it missed. */
export function registerEventEndpointActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/secret/rotate",
    operationId: "rotateEventEndpointSecret",
    summary: "Gives an endpoint a new secret",
    description: `The one before signs beside it for \`previous_valid_s\` seconds: a day unless you say otherwise, null until it is dropped, 0 not at all.`,
    body: z.strictObject({
      previous_valid_s: z
        .int()
        .min(0)
        .max(90 * DAY_S)
        .nullable()
        .default(DAY_S),
    }),
    bodyExample: { previous_valid_s: DAY_S },
    response: {
      status: 200,
      description: "The new secret, shown once",
      schema: z.object({ secret: z.string(), previous_valid_until: TIMESTAMP.nullable() }),
      example: { secret: SECRET_EXAMPLE, previous_valid_until: EXAMPLE_TIMESTAMP },
    },
    async handle({ tenantId, params, body: { previous_valid_s: validS } }) {
      const now = new Date();
      const previousUntil = validS === null ? null : new Date(now.getTime() + validS * 1_000);
      const key = { tenantId, id: params.endpoint_id };
      const made = await rotateEndpointSecret(db, vault, key, { now, previousUntil });
      if (made === null) throw new Problem("not_found", "The tenant has no such endpoint.");
      return { secret: made.secret, previous_valid_until: timestampOrNull(previousUntil) };
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/secret/drop-previous",
    operationId: "dropPreviousEventEndpointSecrets",
    summary: "Ends the change of secrets: only the current one signs",
    response: endpointResponse,
    async handle({ tenantId, params }) {
      const key = { tenantId, id: params.endpoint_id };
      await dropPreviousSecrets(db, vault, key);
      return formatEndpoint(requireEndpoint(await findEventEndpoint(db, key)));
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/disable",
    operationId: "disableEventEndpoint",
    summary: "Switches an endpoint off; what waits for it ends, and nothing is kept for it",
    response: endpointResponse,
    handle: async ({ tenantId, params }) =>
      formatEndpoint(
        requireEndpoint(await disableEventEndpoint(db, { tenantId, id: params.endpoint_id }, "operator")),
      ),
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/enable",
    operationId: "enableEventEndpoint",
    summary: "Switches an endpoint on again, whoever switched it off",
    description: "It is told what happens from now on; resend-failed sends what it missed while it failed.",
    response: endpointResponse,
    handle: async ({ tenantId, params }) =>
      formatEndpoint(requireEndpoint(await enableEventEndpoint(db, { tenantId, id: params.endpoint_id }))),
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/test",
    operationId: "testEventEndpoint",
    summary: "Sends a ping, on the way that all events go",
    response: {
      status: 202,
      description: "The ping's event: its deliveries say what became of it",
      schema: z.object({ event_id: ID }),
      example: { event_id: EXAMPLE_ID },
    },
    problems: ["endpoint_disabled"],
    async handle({ tenantId, params }) {
      const key = { tenantId, id: params.endpoint_id };
      const ping = await pingEventEndpoint(db, key);
      if (ping !== null) return { event_id: ping.eventId };
      requireEndpoint(await findEventEndpoint(db, key));
      throw new Problem("endpoint_disabled", "Enable the endpoint first.");
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/event-endpoints/:endpoint_id/resend-failed",
    operationId: "resendFailedEvents",
    summary: "Sends again what an endpoint did not take",
    body: z.strictObject({ since: TIMESTAMP }),
    bodyExample: { since: EXAMPLE_TIMESTAMP },
    response: {
      status: 202,
      description: "How many events begin a new round of attempts",
      schema: z.object({ queued: z.int() }),
      example: { queued: 12 },
    },
    problems: ["endpoint_disabled"],
    async handle({ tenantId, params, body }) {
      const endpoint = requireEndpoint(await findEventEndpoint(db, { tenantId, id: params.endpoint_id }));
      if (endpoint.disabledAt !== null) throw new Problem("endpoint_disabled", "Enable the endpoint first.");
      const queued = await resendFailed(db, { endpointId: endpoint.id, since: new Date(body.since) });
      return { queued };
    },
  });
}
