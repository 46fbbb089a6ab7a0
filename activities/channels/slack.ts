import type { OutboundChannel, OutboundOptions, ReplyPart, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { toFailedOutcome } from "./failed-outcome.ts";
import { createUnknown } from "./reconciliation.ts";
import { findSlackPost } from "./slack/find-slack-post.ts";
import { createSlackCalls } from "./slack/slack-call.ts";
import { createSlackMetadata } from "./slack/slack-metadata.ts";
import { toSlackOutcome } from "./slack/slack-outcome.ts";
import { toSlackTarget } from "./slack/slack-target.ts";

/** Slack's advice for one post. Slack cuts a text at 40,000 characters without an error. */
const MAX_CHARACTERS = 4_000;

/**
 * Slack's chat.postMessage. It takes no idempotency key, but keeps metadata of a post: after a lost response the channel is
 * searched for the post with this delivery's id. Slack has no typing sign for bots, except the status line of an assistant's own
 * threads, for which the app must be registered as an assistant.
 */
export function createSlackChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  const calls = createSlackCalls({ egress, baseUrl });
  return {
    name: "slack",
    deliveryClass: "reconcile",
    receipts: false,
    replyWindowMs: null,
    rates: {
      // Several hundred a minute per workspace, one a second in a channel. Contacts share the few channels that they write in.
      account: { capacity: 20, refillPerSecond: 5 },
      recipient: { capacity: 1, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("slack", (text) => escapeText(text).length <= MAX_CHARACTERS),
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
        // Not logged: after any failure the outcome stays unknown, and is asked for again.
        return createUnknown("list_unreadable");
      }
    },
  };
}

function formatPost(part: ReplyPart) {
  return {
    ...toSlackTarget(part),
    text: escapeText(part.text),
    // A preview would put the page's text into our message, and would show its owner that we sent the link.
    unfurl_links: false,
    unfurl_media: false,
    metadata: createSlackMetadata(part.deliveryId),
  };
}

/** Escapes the three control characters of Slack: unescaped, a reply could notify the whole channel. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
