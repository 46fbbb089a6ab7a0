import { randomBytes, randomInt } from "node:crypto";
import { signSlackRequest } from "../../../runtime/signatures/slack-signature.ts";
import { type ReadReply, SENT_TEXT } from "../contacts/read-reply.ts";
import { createJsonPost } from "../contacts/json-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Slack's Events API: direct messages to the bot. */
export const slackContacts: FakeContacts = {
  address: { pattern: /^U[A-Z0-9]{2,20}$/, rule: "a user id such as U0PERSON1" },
  createAddress: (number) => `U0PERSON${number}`,
  signMessage(config, { from: user, text }) {
    const now = Date.now();
    const timestamp = String(Math.floor(now / 1000));
    // The timestamp is the message's id, so its last three digits have to be unique within a millisecond.
    const ts = `${timestamp}.${String((now % 1000) * 1000 + randomInt(1000)).padStart(6, "0")}`;
    const channel = directMessages(user);
    const event = { type: "message", channel, channel_type: "im", user, ts, text };
    const id = `Ev${randomBytes(5).toString("hex").toUpperCase()}`;
    return createJsonPost(config, {
      channel: "slack",
      providerMessageId: `${channel}:${ts}`,
      content: { type: "event_callback", team_id: config.SLACK_TEAM_ID, event_id: id, event },
      createSignatureHeaders: (rawBody) => ({
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signSlackRequest({
          timestamp,
          rawBody,
          secret: config.SLACK_SIGNING_SECRET ?? "",
        }),
      }),
    });
  },
};

/** The fake's name for the channel of a contact's direct messages. */
function directMessages(user: string): string {
  return `D${user.slice(1)}`;
}

export const readSlackReply: ReadReply = (entry) => {
  const { id, to, text } = SENT_TEXT.parse(entry);
  return { channel: "slack", id, to: `U${to.slice(1)}`, text };
};
