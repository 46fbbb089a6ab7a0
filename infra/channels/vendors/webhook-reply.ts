import { z } from "zod";

/** The body of a reply part on the signed webhook, as Parley posts it to `WEBHOOK_DELIVERY_URL`. */
export const WEBHOOK_REPLY = z
  .strictObject({
    type: z.literal("message.reply"),
    timestamp: z.iso
      .datetime()
      .meta({ description: "The time of the first attempt, the same on every attempt." }),
    data: z.strictObject({
      conversation_id: z.uuid(),
      to: z.string().meta({ description: "The contact's id on your side: the `from` of their messages." }),
      thread: z.string().optional().meta({ description: "The `thread` of the messages that it answers." }),
      author: z.enum(["assistant", "agent"]),
      text: z.string().meta({ description: "Plain text, without Markdown." }),
      part: z.int().min(1).meta({ description: "A long reply has several parts, in order." }),
      parts: z.int().min(1),
      in_reply_to: z
        .array(z.string())
        .meta({ description: "The `webhook-id` of each message that it answers." }),
      sources: z
        .array(z.string())
        .meta({ description: "Titles of the documents that the reply is based on." }),
    }),
  })
  .meta({ id: "WebhookMessageReply" });

export type WebhookReply = z.input<typeof WEBHOOK_REPLY>;

export const WEBHOOK_REPLY_EXAMPLE: WebhookReply = {
  type: "message.reply",
  timestamp: "2026-11-25T09:30:02.000Z",
  data: {
    conversation_id: "5d0b6a1e-2f7c-4c55-8a0f-0e6f3b1d9a42",
    to: "customer-4711",
    author: "assistant",
    text: "Your order left our warehouse on Tuesday.",
    part: 1,
    parts: 1,
    in_reply_to: ["msg_1"],
    sources: ["Shipping"],
  },
};
