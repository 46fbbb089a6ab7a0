import { randomUUID } from "node:crypto";
import { signStandardWebhook } from "../../../runtime/signatures/standard-webhooks.ts";
import { createJsonPost } from "./json-post.ts";
import type { DemoVendor } from "./vendor.ts";

/** Any system that posts Standard Webhooks. */
export const webhook: DemoVendor = {
  address: { pattern: /^.{1,256}$/su, rule: "a name of 1 to 256 characters" },
  createAddress: (number) => `user-${number}`,
  getReplyUrl: (config) => config.WEBHOOK_DELIVERY_URL ?? "",
  sign(config, { from, text }) {
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
