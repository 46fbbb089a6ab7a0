import { z } from "zod";
import type { EventEndpoint } from "../../db/events/event-endpoints.ts";
import { EVENT_TYPES } from "../../db/events/outgoing-events.ts";
import type { EgressRules } from "../../infra/runtime/network/egress-guard.ts";
import { egressUrl } from "./egress-url.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

export const ENDPOINT = z
  .object({
    id: ID,
    url: z.string(),
    types: z.array(z.string()).meta({ description: "What it is told; empty: everything." }),
    include_text: z.boolean().meta({ description: "Whether what was said goes along." }),
    disabled_at: TIMESTAMP.nullable(),
    disabled_reason: z.enum(["gone", "failing", "operator"]).nullable(),
    failing_since: TIMESTAMP.nullable().meta({ description: "The first failure since the last success." }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "EventEndpoint" });

export const ENDPOINT_WITH_SECRET = ENDPOINT.extend({
  secret: z
    .string()
    .meta({ description: "What its events are signed with. It is shown here and never again." }),
}).meta({ id: "EventEndpointWithSecret" });

export const ENDPOINT_EXAMPLE = {
  id: EXAMPLE_ID,
  url: "https://crm.example.com/parley",
  types: ["message.received", "message.reply.failed"],
  include_text: false,
  disabled_at: null,
  disabled_reason: null,
  failing_since: null,
  created_at: EXAMPLE_TIMESTAMP,
};

export const SECRET_EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

export function endpointBodies(egress: EgressRules) {
  const types = z.array(z.enum(EVENT_TYPES, { error: `must be of ${EVENT_TYPES.join(", ")}` })).max(50);
  const fields = z.strictObject({ url: egressUrl(egress), types, include_text: z.boolean() });
  return {
    create: fields.extend({ types: types.default([]), include_text: z.boolean().default(false) }),
    // Without defaults: what is left out stays.
    update: fields.partial(),
  };
}

export const NEW_ENDPOINT_EXAMPLE = {
  url: ENDPOINT_EXAMPLE.url,
  types: ["message.received" as const, "message.reply.failed" as const],
  include_text: false,
};

export const ENDPOINT_PARAMS = z.object({ endpoint_id: ID });

export function formatEndpoint(endpoint: EventEndpoint): z.input<typeof ENDPOINT> {
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
