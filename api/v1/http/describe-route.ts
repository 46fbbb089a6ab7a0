import type { FastifyInstance } from "fastify";
import { type ProblemCode, statusOf } from "../../problem.ts";
import type { V1Route } from "./v1-route.ts";
import { responseSchema, requestSchema } from "./json-schema.ts";

/** A route in the OpenAPI document, made from the same schemas that parse its requests. */
export function describeRoute(app: FastifyInstance, route: V1Route) {
  const { params, query, body, response } = route;
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: route.operationId,
    tags: [route.tag],
    security: [{ [route.access === "installation" ? "adminToken" : "apiKey"]: [] }],
    ...(params === undefined ? {} : { params: requestSchema(params) }),
    ...(query === undefined ? {} : { querystring: requestSchema(query) }),
    ...(route.method === "POST" ? { headers: idempotencyHeader(route.idempotencyKey === "required") } : {}),
    ...(body === undefined ? {} : { body: { ...requestSchema(body), examples: [route.bodyExample] } }),
    response: {
      [response.status]: {
        description: response.description,
        headers: RATE_HEADERS,
        content: {
          "application/json": { schema: responseSchema(app, response.schema), example: response.example },
        },
      },
      ...problemResponses(listProblems(route)),
    },
  };
}

/** The problems that a route can respond with, from its method and its fields. */
function listProblems({
  method,
  params,
  query,
  body,
  idempotencyKey,
  problems = [],
}: V1Route): ProblemCode[] {
  return [
    "unauthorized",
    "key_invalid",
    "scope_missing",
    "rate_limited",
    "internal",
    "unavailable",
    ...problems,
    ...(params === undefined ? [] : (["not_found"] as const)),
    ...([params, query, body].every((part) => part === undefined) ? [] : (["request_invalid"] as const)),
    ...(body === undefined ? [] : (["bad_request", "body_too_large", "unsupported_media_type"] as const)),
    ...(method === "POST"
      ? (["request_invalid", "bad_request", "idempotency_in_progress", "idempotency_key_reused"] as const)
      : []),
    ...(idempotencyKey === "required" ? (["idempotency_key_missing"] as const) : []),
  ];
}

function problemResponses(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(new Set(codes), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: `Code ${ofStatus.map((code) => `\`${code}\``).join(" or ")}`,
        content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
      },
    ]),
  );
}

const RATE_HEADERS = {
  RateLimit: { type: "string", description: 'The requests that are left, such as `"key";r=99;t=1`.' },
  "RateLimit-Policy": { type: "string", description: 'The limit of a key, such as `"key";q=100;w=10`.' },
};

function idempotencyHeader(required: boolean) {
  const field = {
    type: "string",
    minLength: 1,
    maxLength: 257,
    description:
      "The first response to a key is repeated for 24 h. Use one key for one request and its retries.",
    examples: ['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
  };
  return {
    type: "object",
    properties: { "Idempotency-Key": field },
    ...(required ? { required: ["Idempotency-Key"] } : {}),
  };
}
