import type { SentMessage } from "../server/sent-messages.ts";
import { SLACK_SANDBOX_BOT_USER } from "../../../channels/slack.ts";
import { escapeText } from "./slack-text.ts";

export const BOT_ID = "B0PARLEYBOT";

export function tsOf({ id }: Pick<SentMessage, "id">): string {
  return id.slice(id.indexOf(":") + 1);
}

export function threadOf({ details }: Pick<SentMessage, "details">): string | null {
  return typeof details["thread_ts"] === "string" ? details["thread_ts"] : null;
}

/** A post as Slack returns it. Metadata is included only on request. */
export function formatPost(post: SentMessage, { withMetadata }: { withMetadata: boolean }) {
  const thread = threadOf(post);
  return {
    type: "message",
    user: SLACK_SANDBOX_BOT_USER,
    bot_id: BOT_ID,
    text: escapeText(post.text),
    ts: tsOf(post),
    ...(thread === null ? {} : { thread_ts: thread }),
    ...(withMetadata && post.details["metadata"] !== undefined ? { metadata: post.details["metadata"] } : {}),
  };
}
