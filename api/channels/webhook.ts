import type { z } from "zod";
import { verifyStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import type { InboundChannel, InboundEvent, ParsedBody } from "./channel.ts";
import { toFieldProblems } from "./json-body.ts";
import { readWebhookBody, type WebhookContext } from "./webhook/webhook-body.ts";
import { webhookDelete, webhookEdit } from "./webhook/webhook-change.ts";
import { webhookMessage } from "./webhook/webhook-message.ts";
import { webhookReceipt } from "./webhook/webhook-receipt.ts";
import { webhookTime } from "./webhook/webhook-time.ts";

type Reader = (data: unknown, context: WebhookContext) => z.ZodSafeParseResult<InboundEvent>;

/** Readers by the body's `type`. An unknown type is ignored and counted: callers may send more than we know. */
const READERS: Readonly<Record<string, Reader>> = Object.freeze({
  "message.received": webhookMessage,
  // Another name of the same event, used by systems that send in both directions.
  "message.inbound": webhookMessage,
  "message.edited": webhookEdit,
  "message.deleted": webhookDelete,
  "message.receipt": webhookReceipt,
});

/** The id is a key in Postgres and part of a workflow's id. Both are too short for the 16 kB of a header. */
const MAX_ID = 256;
const ID_TOO_LONG = { field: "webhook-id", message: `must be ${MAX_ID} characters at most` };
/** A counter's label. */
const MAX_WHAT = 64;

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
    const reader = Object.hasOwn(READERS, body.type) ? READERS[body.type] : undefined;
    if (reader === undefined) return { ok: true, events: [ignoreType(body.type)] };
    const happenedAt = webhookTime(body.timestamp, receivedAt);
    const event = reader(body.data, { id, receivedAt, happenedAt });
    return event.success
      ? { ok: true, events: [event.data] }
      : { ok: false, problems: toFieldProblems(event.error, "data") };
  },
};

function ignoreType(type: string): InboundEvent {
  return { kind: "ignored", what: `type.${type.replace(/[^A-Za-z0-9_.]/g, "_")}`.slice(0, MAX_WHAT) };
}
