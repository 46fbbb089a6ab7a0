import type { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import type { WebhookContext } from "./webhook-body.ts";
import { DELETE_DATA, EDIT_DATA, webhookDelete, webhookEdit } from "./webhook-change.ts";
import { MESSAGE_DATA, webhookMessage } from "./webhook-message.ts";
import { RECEIPT_DATA, webhookReceipt } from "./webhook-receipt.ts";

export interface WebhookType {
  /** The component of the OpenAPI document. */
  id: string;
  summary: string;
  /** Other names of the same event, used by systems that send in both directions. */
  aliases?: readonly string[];
  /** The schema that `read` parses with. */
  data: z.ZodType;
  example: Readonly<Record<string, unknown>>;
  read(data: unknown, context: WebhookContext): z.ZodSafeParseResult<InboundEvent>;
}

/** The bodies of the signed webhook by their `type`. The parser, its errors and the OpenAPI document follow from this table. */
export const WEBHOOK_TYPES = Object.freeze({
  "message.received": {
    id: "WebhookMessageReceived",
    summary: "A message of a contact",
    aliases: ["message.inbound"],
    data: MESSAGE_DATA,
    example: {
      from: "customer-4711",
      text: "Where is my order?",
      sent_at: "2026-11-25T09:30:00Z",
      sequence: 7,
    },
    read: webhookMessage,
  },
  "message.edited": {
    id: "WebhookMessageEdited",
    summary: "The contact has changed the text of a message",
    data: EDIT_DATA,
    example: { id: "msg_1", from: "customer-4711", text: "Where is my order 1001?" },
    read: webhookEdit,
  },
  "message.deleted": {
    id: "WebhookMessageDeleted",
    summary: "The contact has deleted a message",
    data: DELETE_DATA,
    example: { id: "msg_1", from: "customer-4711" },
    read: webhookDelete,
  },
  "message.receipt": {
    id: "WebhookMessageReceipt",
    summary: "The state of a reply that you have passed on",
    data: RECEIPT_DATA,
    example: { message_id: "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d", state: "delivered" },
    read: webhookReceipt,
  },
} satisfies Record<string, WebhookType>);

const BY_NAME = new Map<string, WebhookType>(
  Object.entries(WEBHOOK_TYPES).flatMap(([name, type]: [string, WebhookType]) =>
    [name, ...(type.aliases ?? [])].map((each) => [each, type] as const),
  ),
);

export const WEBHOOK_TYPE_NAMES: readonly string[] = [...BY_NAME.keys()];

export function findWebhookType(name: string): WebhookType | undefined {
  return BY_NAME.get(name);
}
