import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { toFailedOutcome } from "./failed-outcome.ts";
import { findSlackPost } from "./slack/find-slack-post.ts";
import { createSlackCalls } from "./slack/slack-call.ts";
import { createSlackMetadata } from "./slack/slack-metadata.ts";
import { toSlackOutcome } from "./slack/slack-outcome.ts";
import { toSlackTarget } from "./slack/slack-target.ts";
import { splitText } from "./split-text.ts";

/** What Slack advises for one post; it cuts at 40,000 without a word. */
const MAX_CHARACTERS = 4_000;

/**
 * Slack's chat.postMessage. It takes no idempotency key, but keeps what we write on a post: after a lost answer the channel is asked
 * for the one with this delivery's id. There is no typing sign: Slack has none for bots but the status line of an assistant's own
 * threads, where the app must be registered as an assistant.
 */
export function createSlackChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  const calls = createSlackCalls({ egress, baseUrl });
  return {
    name: "slack",
    deliveryClass: "reconcile",
    receipts: false,
    replyWindowMs: null,
    rates: {
      // Several hundred a minute per workspace; one a second in a channel, of which people share the few they write in.
      account: { capacity: 20, refillPerSecond: 5 },
      recipient: { capacity: 1, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    split: (text) => splitText(text, (part) => escapeText(part).length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      try {
        const fields = formatPost(part);
        return toSlackOutcome(
          await calls.write({ method: "chat.postMessage", fields, account, signal }),
          now(),
        );
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    async reconcile(part, account, signal) {
      try {
        return await findSlackPost(calls, { part, account, signal });
      } catch {
        // Whatever went wrong, the question stays open and is asked again.
        return { kind: "unknown" };
      }
    },
  };
}

function formatPost(part: ReplyPart) {
  return {
    ...toSlackTarget(part),
    text: escapeText(part.text),
    // A preview is the page's words among ours, and tells its owner that we sent the link.
    unfurl_links: false,
    unfurl_media: false,
    metadata: createSlackMetadata(part.deliveryId),
  };
}

/** The three characters that Slack reads as its own: without this a reply could call everybody in the channel. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
