import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WEBHOOK_TYPE_NAMES } from "../../api/channels/webhook/webhook-types.ts";
import { EVENT_BODIES, eventBodySchema } from "../../api/views/event-body.ts";
import { EVENT_TYPES, type EventType, PING } from "../../db/events/outgoing-events.ts";
import openapi from "../../docs/openapi.json" with { type: "json" };
import { WEBHOOK_REPLY } from "../../infra/channels/vendors/webhook-reply.ts";
import { type Document, findSchemaErrors } from "./v1/support/openapi-document.ts";

const document = openapi as unknown as Document & { webhooks: Record<string, { post: Post }> };

interface Post {
  requestBody: { content: { "application/json": { schema: object; example?: unknown } } };
}

describe("the OpenAPI document", () => {
  test("each example of an inbound webhook fits the schema of its body", () => {
    const { content } = openapi.paths["/webhooks/{channel}/{account}"].post.requestBody;
    const examples = Object.values(content["application/json"].examples);
    const schema = { $ref: "#/components/schemas/WebhookBody" };
    expect(examples.length).toBeGreaterThan(3);
    expect(examples.flatMap(({ value }) => findSchemaErrors(document, schema, value))).toEqual([]);
    const wrong = { type: "message.recieved", data: { from: "a", text: "b" } };
    expect(findSchemaErrors(document, schema, wrong)).not.toEqual([]);
  });

  test("each type of the signed webhook is in the schema of its bodies", () => {
    const names = JSON.stringify(openapi.components.schemas);
    expect(WEBHOOK_TYPE_NAMES.filter((name) => !names.includes(`"${name}"`))).toEqual([]);
  });

  test("each request that Parley makes has a schema, and an example that fits it", () => {
    expect(Object.keys(document.webhooks).toSorted()).toEqual(
      ["message.reply", ...EVENT_TYPES, PING].toSorted(),
    );
    const media = Object.values(document.webhooks).map(
      ({ post }) => post.requestBody.content["application/json"],
    );
    expect(media.flatMap(({ schema, example }) => findSchemaErrors(document, schema, example))).toEqual([]);
  });
});

test("each example of docs/outgoing-events.md fits the schema of its type, and each type has one", () => {
  const page = readFileSync(new URL("../../docs/outgoing-events.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text = ""]) => JSON.parse(text) as { type: EventType },
  );
  const known = examples.filter(({ type }) => Object.hasOwn(EVENT_BODIES, type));
  expect(new Set(known.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  for (const example of known) expect(eventBodySchema(example.type).safeParse(example).error).toBeUndefined();
});

test("a reply with an unknown field does not fit its schema", () => {
  expect(WEBHOOK_REPLY.safeParse({ type: "message.reply", data: {} }).success).toBe(false);
});
