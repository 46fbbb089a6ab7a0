import { z } from "zod";
import type { ConversationLine } from "../../db/conversations/list-lines.ts";
import { DELIVERY, formatDelivery } from "./delivery.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

export const AUTHOR = z.enum(["contact", "assistant", "notice", "agent"]);

export const LINE = defineView(
  z
    .object({
      seq: z.int().meta({ description: "The line's number in its conversation, in the order of arrival." }),
      direction: z.enum(["inbound", "outbound"]),
      author: AUTHOR,
      agent: z.string().nullable().meta({ description: "The agent who wrote it." }),
      text: z.string().nullable().meta({
        description: "The current text; null if the contact deleted the message, or with `erased`.",
      }),
      erased: z.boolean().meta({
        description:
          "The text or the media cannot be decrypted: the contact's key was destroyed or is missing.",
      }),
      edited: z.boolean(),
      media: z.array(z.record(z.string(), z.unknown())),
      written_at: TIMESTAMP.meta({ description: "The provider's time if it gives one." }),
      turn_id: ID.nullable(),
      message_id: z.string().nullable().meta({ description: "The provider's id of an inbound message." }),
      workflow_id: z.string().nullable(),
      state: z.string().nullable().meta({
        description:
          "The progress of an inbound message: pending, in_turn, answered, suppressed or failed. Null for outbound lines: see `deliveries`.",
      }),
      reason: z.string().nullable(),
      late: z.boolean().meta({ description: "It arrived after the turn that it belongs to." }),
      deliveries: z.array(DELIVERY.schema).meta({ description: "The reply parts of an outbound line." }),
    })
    .meta({ id: "TranscriptLine" }),
  {
    seq: 1,
    direction: "inbound",
    author: "contact",
    agent: null,
    text: "Can I return a lamp?",
    erased: false,
    edited: false,
    media: [],
    written_at: EXAMPLE_TIMESTAMP,
    turn_id: EXAMPLE_ID,
    message_id: "SM0123456789abcdef0123456789abcdef",
    workflow_id: "msg:twilio-sms/main:SM0123456789abcdef0123456789abcdef",
    state: "answered",
    reason: null,
    late: false,
    deliveries: [],
  },
);

export const OUTBOUND_LINE_EXAMPLE: Shape<typeof LINE> = {
  ...LINE.example,
  seq: 2,
  direction: "outbound",
  author: "assistant",
  text: "Yes, within 30 days.",
  message_id: null,
  workflow_id: null,
  state: null,
  deliveries: [DELIVERY.example],
};

/** The id of a line in a cursor: the provider's sequence and the line's number. */
export const LINE_CURSOR_ID = z.string().regex(/^-?\d{1,16}:\d{1,16}$/);

export function formatLine(line: ConversationLine): Shape<typeof LINE> {
  const { inbound } = line;
  return {
    seq: line.seq,
    direction: line.direction,
    author: findAuthor(line),
    agent: line.agent,
    text: line.text,
    erased: line.erased,
    edited: line.edited,
    media: line.media as Record<string, unknown>[],
    written_at: timestamp(line.writtenAt),
    turn_id: line.turnId,
    message_id: inbound?.messageId ?? null,
    workflow_id: inbound?.workflowId ?? null,
    state: inbound?.state ?? null,
    reason: inbound?.reason ?? null,
    late: inbound?.late ?? false,
    deliveries: line.deliveries.map(formatDelivery),
  };
}

export function findAuthor({
  direction,
  plan,
}: Pick<ConversationLine, "direction" | "plan">): z.infer<typeof AUTHOR> {
  if (direction === "inbound") return "contact";
  return plan === "agent" || plan === "notice" ? plan : "assistant";
}
