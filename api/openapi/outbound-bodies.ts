import type { z } from "zod";
import { WEBHOOK_REPLY, WEBHOOK_REPLY_EXAMPLE } from "../../infra/channels/vendors/webhook-reply.ts";
import { EVENT_TYPES, PING } from "../../db/events/outgoing-events.ts";
import { componentSchema } from "../v1/http/json-schema.ts";
import { EVENT_BODIES, eventBodyExample, eventBodySchema } from "../views/event-body.ts";

interface OutboundBody {
  name: string;
  summary: string;
  tag: string;
  schema: z.ZodType;
  example: unknown;
}

const SIGNED_HEADERS = [
  ["webhook-id", "The same on every attempt: ignore an id that you have already processed."],
  ["webhook-timestamp", "Unix seconds of this attempt."],
  [
    "webhook-signature",
    "`v1,` and base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`; several, separated by spaces.",
  ],
] as const;

const EVENTS = [...EVENT_TYPES, PING] as const;

/** The requests that Parley makes: replies to the signed webhook, and events to endpoints. */
export function describeOutboundBodies() {
  const bodies: OutboundBody[] = [
    {
      name: "message.reply",
      summary: "A part of a reply, on the channel `webhook`",
      tag: "webhooks",
      schema: WEBHOOK_REPLY,
      example: WEBHOOK_REPLY_EXAMPLE,
    },
    ...EVENTS.map((type) => ({
      name: type,
      summary: EVENT_BODIES[type].summary,
      tag: "outgoing events",
      schema: eventBodySchema(type),
      example: eventBodyExample(type),
    })),
  ];
  const described = bodies.map((body) => ({ body, ...componentSchema(body.schema, "input") }));
  return {
    webhooks: Object.fromEntries(
      described.map(({ body, schema }) => [body.name, { post: describePost(body, schema) }]),
    ),
    components: Object.assign({}, ...described.map(({ components }) => components)) as Record<string, object>,
  };
}

function describePost({ name, summary, tag, example }: OutboundBody, schema: object) {
  const words = name.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return {
    summary,
    operationId: `on${words.join("")}`,
    tags: [tag],
    security: [{ webhookSignature: [] }],
    parameters: SIGNED_HEADERS.map(([header, description]) => ({
      name: header,
      in: "header",
      required: true,
      description,
      schema: { type: "string" },
    })),
    requestBody: { required: true, content: { "application/json": { schema, example } } },
    responses: {
      "2XX": { description: "Accepted" },
      410: { description: "Never again: the endpoint is disabled" },
      "4XX": { description: "Tried again later, as any other response" },
    },
  };
}
