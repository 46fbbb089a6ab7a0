import { verifyStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import type { FieldProblem, InboundChannel, ParsedBody } from "./channel.ts";
import { toFieldProblems } from "./json-body.ts";
import { readWebhookBody } from "./webhook/webhook-body.ts";
import { webhookTime } from "./webhook/webhook-time.ts";
import { findWebhookType, WEBHOOK_TYPE_NAMES } from "./webhook/webhook-types.ts";

/** The id is a key in Postgres and part of a workflow's id. Both are too short for the 16 kB of a header. */
const MAX_ID = 256;
const ID_TOO_LONG = { field: "webhook-id", message: `must be ${MAX_ID} characters at most` };
/** A log names the type, so that a misspelling is seen there. */
const MAX_TYPE = 64;

/** The generic signed webhook, by Standard Webhooks 1.0.0. `webhook-id` is the dedupe key. */
export const webhook: InboundChannel = {
  name: "webhook",
  quietWindowMs: 0,
  acknowledgement: { status: 202, contentType: "application/json", body: '{"accepted":true}' },
  verify: ({ headers, rawBody, receivedAt }, account) =>
    verifyStandardWebhook({ headers, rawBody, secrets: account.secrets.inbound, now: receivedAt }),
  parse({ headers, rawBody, receivedAt }): ParsedBody {
    const id = String(headers["webhook-id"]);
    if (id.length > MAX_ID) return { ok: false, problems: [ID_TOO_LONG] };
    const body = readWebhookBody(rawBody);
    if (!body.ok) return body;
    const type = findWebhookType(body.type);
    if (type === undefined) return { ok: false, problems: [describeUnknownType(body.type)] };
    const happenedAt = webhookTime(body.timestamp, receivedAt);
    const event = type.read(body.data, { id, receivedAt, happenedAt });
    return event.success
      ? { ok: true, events: [event.data] }
      : { ok: false, problems: toFieldProblems(event.error, "data") };
  },
};

/** Ignored, a misspelt type would be acknowledged and every message lost. */
function describeUnknownType(type: string): FieldProblem {
  const given = JSON.stringify(type.slice(0, MAX_TYPE));
  const names = WEBHOOK_TYPE_NAMES.map((name) => `"${name}"`).join(", ");
  return { field: "type", message: `must be one of ${names}; it is ${given}` };
}
