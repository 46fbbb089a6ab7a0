import { z } from "zod";
import { WEBHOOK_TYPES, type WebhookType } from "../channels/webhook/webhook-types.ts";
import { componentSchema } from "../v1/http/json-schema.ts";
import { TIMESTAMP } from "../views/fields.ts";

const TYPES: readonly [string, WebhookType][] = Object.entries(WEBHOOK_TYPES);

/** One schema for the bodies of the signed webhook, each with its own `type`. */
const WEBHOOK_BODY = z
  .union(TYPES.map(([name, type]) => bodyOf(name, type)))
  .meta({ id: "WebhookBody", description: "The body of an event of the channel `webhook`." });

function bodyOf(name: string, { id, data, summary, aliases = [] }: WebhookType) {
  return z
    .looseObject({
      type: z.enum([name, ...aliases]),
      timestamp: TIMESTAMP.optional().meta({ description: "When it happened." }),
      data,
    })
    .meta({ id, description: summary });
}

/** What the route for webhooks takes: our own body, or the one of a vendor. */
export function describeInboundBodies() {
  const { schema, components } = componentSchema(WEBHOOK_BODY, "input");
  const vendorBody = {
    type: "object",
    additionalProperties: true,
    description: "The vendor's own body: Meta, Telegram, LINE, Slack.",
  };
  const examples = TYPES.map(([type, { summary, example }]) => [
    type,
    { summary, value: { type, data: example } },
  ]);
  const requestBody = {
    required: true,
    description:
      "The channel `webhook` takes `WebhookBody`. The other channels take the vendor's own format.",
    content: {
      "application/json": {
        schema: { anyOf: [schema, vendorBody] },
        examples: Object.fromEntries(examples) as Record<string, unknown>,
      },
      "application/x-www-form-urlencoded": {
        schema: {
          type: "object",
          additionalProperties: { type: "string" },
          description: "Twilio's parameters.",
        },
        example: {
          MessageSid: "SM0123456789abcdef0123456789abcdef",
          From: "+15005550006",
          Body: "Where is my order?",
        },
      },
    },
  };
  return { requestBody, components };
}
