import { z } from "zod";
import type { ConversationLine } from "../../db/conversations/list-lines.ts";
import { DELIVERY, DELIVERY_EXAMPLE, formatDelivery } from "./delivery.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp } from "./fields.ts";

export const LINE = z
  .object({
    seq: z.int().meta({ description: "The line's number in its conversation, in the order we got them." }),
    direction: z.enum(["inbound", "outbound"]),
    author: z.enum(["contact", "assistant", "notice", "agent"]),
    agent: z.string().nullable().meta({ description: "Who of the business spoke." }),
    text: z
      .string()
      .nullable()
      .meta({ description: "What it says now; null where the person took it back." }),
    edited: z.boolean(),
    media: z.array(z.record(z.string(), z.unknown())),
    written_at: TIMESTAMP.meta({ description: "By the provider's clock where it says so." }),
    turn_id: ID.nullable(),
    message_id: z.string().nullable().meta({ description: "The provider's id of an inbound message." }),
    workflow_id: z.string().nullable(),
    state: z.string().nullable().meta({ description: "pending, in_turn, answered, suppressed or failed." }),
    reason: z.string().nullable(),
    late: z.boolean().meta({ description: "It came after a turn that it belonged before." }),
    deliveries: z.array(DELIVERY),
  })
  .meta({ id: "TranscriptLine" });

export const LINE_EXAMPLES = [
  {
    seq: 1,
    direction: "inbound" as const,
    author: "contact" as const,
    agent: null,
    text: "Can I return a lamp?",
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
  {
    seq: 2,
    direction: "outbound" as const,
    author: "assistant" as const,
    agent: null,
    text: "Yes, within 30 days.",
    edited: false,
    media: [],
    written_at: EXAMPLE_TIMESTAMP,
    turn_id: EXAMPLE_ID,
    message_id: null,
    workflow_id: null,
    state: null,
    reason: null,
    late: false,
    deliveries: [DELIVERY_EXAMPLE],
  },
];

export function formatLine(line: ConversationLine): z.input<typeof LINE> {
  const { inbound } = line;
  return {
    seq: line.seq,
    direction: line.direction,
    author: authorOf(line),
    agent: line.agent,
    text: line.text,
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

function authorOf({ direction, plan }: ConversationLine) {
  if (direction === "inbound") return "contact";
  return plan === "agent" || plan === "notice" ? plan : "assistant";
}
