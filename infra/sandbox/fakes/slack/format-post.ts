import type { SentMessage } from "../server/sent-messages.ts";
import { escapeText } from "./slack-text.ts";

/** The workspace that the fake plays, and who we are in it. */
export const TEAM = "T0PARLEY000";
export const BOT_USER = "U0PARLEYBOT";
export const BOT_ID = "B0PARLEYBOT";

export function tsOf({ id }: Pick<SentMessage, "id">): string {
  return id.slice(id.indexOf(":") + 1);
}

export function threadOf({ details }: Pick<SentMessage, "details">): string | null {
  return typeof details["thread_ts"] === "string" ? details["thread_ts"] : null;
}

/** A post as Slack shows it again; its metadata only to who asks for it. */
export function formatPost(post: SentMessage, { withMetadata }: { withMetadata: boolean }) {
  const thread = threadOf(post);
  return {
    type: "message",
    user: BOT_USER,
    bot_id: BOT_ID,
    text: escapeText(post.text),
    ts: tsOf(post),
    ...(thread === null ? {} : { thread_ts: thread }),
    ...(withMetadata && post.details["metadata"] !== undefined ? { metadata: post.details["metadata"] } : {}),
  };
}
