import { z } from "zod";
import type { EventType, PING } from "../../db/events/outgoing-events.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP } from "./fields.ts";

/** An endpoint with `include_text` gets the text too. */
const TEXT = { text: z.string().nullable().optional(), text_cut: z.boolean().optional() };
const CONVERSATION = z.looseObject({ conversation_id: ID });
const REPLY = CONVERSATION.extend({
  delivery_id: ID,
  turn_id: ID,
  part: z.int().meta({ description: "1 is the first part of the reply." }),
  provider_message_id: z.string().nullable(),
  state: z.string(),
  code: z.string().nullable(),
  ...TEXT,
});
const CONSENT = z.looseObject({
  contact_id: ID,
  channel: z.string(),
  account: z.string(),
  source: z.string().meta({ description: "The origin: `keyword`, `carrier:21610`, `operator`." }),
});

const CONVERSATION_EXAMPLE = { conversation_id: "5d0b6a1e-2f7c-4c55-8a0f-0e6f3b1d9a42" };
const REPLY_EXAMPLE = {
  ...CONVERSATION_EXAMPLE,
  delivery_id: "c0a1f1ce-6a0b-4f0e-9d0f-3d7b1a9c5e21",
  turn_id: "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d",
  part: 1,
  provider_message_id: "SM89abcdef0123456789abcdef01234567",
  code: null,
};
const CONSENT_EXAMPLE = { contact_id: EXAMPLE_ID, channel: "twilio-sms", account: "main", source: "keyword" };

const ALERT_EXAMPLE = "configuration:model/gpt-4o";

export interface EventBody {
  summary: string;
  data: z.ZodType;
  example: Readonly<Record<string, unknown>>;
}

/** The `data` of each outgoing event. New fields may be added, so the objects are open. */
export const EVENT_BODIES: Readonly<Record<EventType | typeof PING, EventBody>> = Object.freeze({
  "message.received": {
    summary: "A message of a contact was stored",
    data: CONVERSATION.extend({
      message_id: z.string(),
      channel: z.string(),
      account: z.string(),
      seq: z.int(),
      ...TEXT,
    }),
    example: {
      ...CONVERSATION_EXAMPLE,
      message_id: "SM0123456789abcdef0123456789abcdef",
      channel: "twilio-sms",
      account: "main",
      seq: 7,
    },
  },
  "message.reply.sent": {
    summary: "A channel has accepted a part of a reply",
    data: REPLY,
    example: { ...REPLY_EXAMPLE, state: "accepted" },
  },
  "message.reply.delivered": {
    summary: "A part of a reply was delivered",
    data: REPLY,
    example: { ...REPLY_EXAMPLE, state: "delivered" },
  },
  "message.reply.read": {
    summary: "A part of a reply was read",
    data: REPLY,
    example: { ...REPLY_EXAMPLE, state: "read" },
  },
  "message.reply.failed": {
    summary: "A part of a reply did not arrive",
    data: REPLY,
    example: { ...REPLY_EXAMPLE, state: "failed" },
  },
  "message.dead_lettered": {
    summary: "A reply, or an inbound event that cannot be stored, has become a dead letter",
    data: z.looseObject({
      conversation_id: ID.optional(),
      dead_letter_id: ID,
      reason: z.string(),
      parts: z.int(),
      parts_accepted: z.int(),
      messages: z.int(),
    }),
    example: {
      ...CONVERSATION_EXAMPLE,
      dead_letter_id: "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d",
      reason: "refused:retry:attempts_exhausted",
      parts: 3,
      parts_accepted: 1,
      messages: 1,
    },
  },
  "conversation.taken_over": {
    summary: "An agent has taken a conversation over",
    data: CONVERSATION.extend({ agent: z.string() }),
    example: { ...CONVERSATION_EXAMPLE, agent: "ada" },
  },
  "conversation.handed_back": {
    summary: "An agent has handed a conversation back",
    data: CONVERSATION,
    example: CONVERSATION_EXAMPLE,
  },
  "conversation.paused": {
    summary: "The assistant was paused in a conversation",
    data: CONVERSATION.extend({ reason: z.string() }),
    example: { ...CONVERSATION_EXAMPLE, reason: "loop" },
  },
  "conversation.resumed": {
    summary: "The assistant was resumed in a conversation",
    data: CONVERSATION,
    example: CONVERSATION_EXAMPLE,
  },
  "conversation.handoff.requested": {
    summary: "A contact has asked for an agent",
    data: CONVERSATION.extend({ reason: z.string() }),
    example: { ...CONVERSATION_EXAMPLE, reason: "handoff" },
  },
  "conversation.handoff.timed_out": {
    summary: "No agent has taken the conversation over in time",
    data: CONVERSATION,
    example: CONVERSATION_EXAMPLE,
  },
  "contact.opted_out": { summary: "A contact has opted out", data: CONSENT, example: CONSENT_EXAMPLE },
  "contact.opted_in": { summary: "A contact has opted in", data: CONSENT, example: CONSENT_EXAMPLE },
  "budget.alert": {
    summary: "A budget has reached its alert",
    data: z.looseObject({
      conversation_id: ID.optional(),
      scope: z.enum(["tenant", "visitors", "network"]),
      used_usd: z.number(),
      limit_usd: z.number(),
    }),
    example: { ...CONVERSATION_EXAMPLE, scope: "visitors", used_usd: 20.1, limit_usd: 25 },
  },
  "configuration.wrong": {
    summary: "A setting, a key or a permission is wrong",
    data: z.looseObject({ alert: z.string(), detail: z.string() }),
    example: { alert: ALERT_EXAMPLE, detail: "The key was refused (401). [model.key_refused]" },
  },
  "configuration.corrected": {
    summary: "The call that was refused works again",
    data: z.looseObject({ alert: z.string() }),
    example: { alert: ALERT_EXAMPLE },
  },
  ping: {
    summary: "A test of one endpoint",
    data: z.looseObject({ endpoint_id: ID }),
    example: { endpoint_id: EXAMPLE_ID },
  },
});

/** The whole body of an event. */
export function eventBodySchema(type: EventType | typeof PING) {
  const name = type.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return z
    .looseObject({ type: z.literal(type), timestamp: TIMESTAMP, data: EVENT_BODIES[type].data })
    .meta({ id: `Event${name.join("")}` });
}

export function eventBodyExample(type: EventType | typeof PING) {
  return { type, timestamp: EXAMPLE_TIMESTAMP, data: EVENT_BODIES[type].example };
}
