import { z } from "zod";
import type { EventEndpoint } from "../../db/events/event-endpoints.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SECRET = z
  .string()
  .meta({ description: "The secret that signs the endpoint's events. No other response contains it." });
const EXAMPLE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

const SCHEMA = z
  .object({
    id: ID,
    url: z.string(),
    types: z.array(z.string()).meta({ description: "The event types that it gets; empty: all." }),
    include_text: z.boolean().meta({ description: "Whether events contain the texts of messages." }),
    disabled_at: TIMESTAMP.nullable(),
    disabled_reason: z.enum(["gone", "failing", "operator"]).nullable(),
    failing_since: TIMESTAMP.nullable().meta({ description: "The first failure since the last success." }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "EventEndpoint" });

export const ENDPOINT = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  url: "https://crm.example.com/parley",
  types: ["message.received", "message.reply.failed"],
  include_text: false,
  disabled_at: null,
  disabled_reason: null,
  failing_since: null,
  created_at: EXAMPLE_TIMESTAMP,
});

export const NEW_ENDPOINT = defineView(
  SCHEMA.extend({ secret: SECRET }).meta({ id: "EventEndpointWithSecret" }),
  { ...ENDPOINT.example, secret: EXAMPLE_SECRET },
);

export const ROTATED_SECRET = defineView(
  z
    .object({ secret: SECRET, previous_valid_until: TIMESTAMP.nullable() })
    .meta({ id: "RotatedEndpointSecret" }),
  { secret: EXAMPLE_SECRET, previous_valid_until: EXAMPLE_TIMESTAMP },
);

export function formatEndpoint(endpoint: EventEndpoint): Shape<typeof ENDPOINT> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    types: endpoint.types,
    include_text: endpoint.includeText,
    disabled_at: timestampOrNull(endpoint.disabledAt),
    disabled_reason: endpoint.disabledReason,
    failing_since: timestampOrNull(endpoint.failingSince),
    created_at: timestamp(endpoint.createdAt),
  };
}

export function formatNewEndpoint(endpoint: EventEndpoint & { secret: string }): Shape<typeof NEW_ENDPOINT> {
  return { ...formatEndpoint(endpoint), secret: endpoint.secret };
}

export function formatRotatedSecret(rotated: {
  secret: string;
  previousUntil: Date | null;
}): Shape<typeof ROTATED_SECRET> {
  return { secret: rotated.secret, previous_valid_until: timestampOrNull(rotated.previousUntil) };
}
