import { randomUUID } from "node:crypto";
import { z } from "zod";
import { signStandardWebhook } from "../../../runtime/signatures/standard-webhooks.ts";
import type { ReadReply } from "../contacts/read-reply.ts";
import { createJsonPost } from "../contacts/json-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Any system that posts Standard Webhooks. */
export const webhookContacts: FakeContacts = {
  address: { pattern: /^.{1,256}$/su, rule: "a name of 1 to 256 characters" },
  createAddress: (number) => `user-${number}`,
  signMessage(config, { from, text }) {
    const id = `msg_${randomUUID().replaceAll("-", "")}`;
    const now = new Date();
    const timestamp = Math.floor(now.getTime() / 1000);
    const secrets = [config.WEBHOOK_SECRET ?? ""];
    return createJsonPost(config, {
      channel: "webhook",
      providerMessageId: id,
      content: { type: "message.received", timestamp: now.toISOString(), data: { from, text } },
      createSignatureHeaders: (rawBody) => ({
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signStandardWebhook({ id, timestamp, body: rawBody.toString(), secrets }),
      }),
    });
  },
};

const DELIVERY = z.looseObject({
  name: z.string(),
  webhookId: z.string().nullable(),
  signatureOk: z.boolean(),
  duplicate: z.boolean(),
  body: z.string(),
});
const REPLY = z.looseObject({
  data: z.looseObject({ to: z.string(), text: z.string(), in_reply_to: z.array(z.string()) }),
});
/** The end of the sandbox's WEBHOOK_DELIVERY_URL. */
const REPLIES = "replies";

export const readWebhookReply: ReadReply = (entry) => {
  const { name, webhookId, duplicate, signatureOk, body } = DELIVERY.parse(entry);
  // Receivers of Standard Webhooks drop a repeated id. Under other names the sink accepts any body.
  if (duplicate || name !== REPLIES) return null;
  const { to, text, in_reply_to: inReplyTo } = REPLY.parse(JSON.parse(body)).data;
  return { channel: "webhook", id: webhookId ?? "", to, text, signatureOk, inReplyTo };
};
