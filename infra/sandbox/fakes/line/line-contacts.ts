import { createHmac, randomBytes, randomInt } from "node:crypto";
import type { FakeContacts } from "../contacts/fake-contacts.ts";
import { createJsonPost } from "../contacts/json-post.ts";

/** LINE's Messaging API: chats of one contact with the bot. */
export const lineContacts: FakeContacts = {
  address: { pattern: /^U[0-9a-f]{32}$/, rule: "a user id: U and 32 hexadecimal digits" },
  createAddress: (number) => `Uf${number.toString(16).padStart(31, "0")}`,
  signMessage(config, { from, text }) {
    const timestamp = Date.now();
    const id = `4${timestamp}${randomInt(1_000, 10_000)}`;
    const message = { id, type: "text", quoteToken: randomBytes(16).toString("base64url"), text };
    const event = {
      type: "message",
      mode: "active",
      timestamp,
      source: { type: "user", userId: from },
      webhookEventId: randomBytes(13).toString("hex").toUpperCase(),
      deliveryContext: { isRedelivery: false },
      replyToken: randomBytes(16).toString("hex"),
      message,
    };
    return createJsonPost(config, {
      channel: "line",
      providerMessageId: id,
      content: { destination: config.LINE_BOT_USER_ID, events: [event] },
      createSignatureHeaders: (rawBody) => ({
        "x-line-signature": createHmac("sha256", config.LINE_CHANNEL_SECRET ?? "")
          .update(rawBody)
          .digest("base64"),
      }),
    });
  },
};
