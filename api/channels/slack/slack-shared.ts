import type { SharedPlace } from "../../../db/inbound/new-inbound.ts";
import type { SlackContext } from "./slack-context.ts";
import type { SlackChannel, SlackMessage } from "./slack-envelope.ts";

/** Slack escapes the angle brackets of its users, so these are Slack's own: a user, a group of users, or everybody. */
const MENTIONS = /<@([\w-]+)(?:\|[^<>]*)?>|<!(?:subteam\^|here|channel|everyone)[^<>]*>/g;

/**
 * How a message in a channel is meant; null for a new message that does not name the bot. A mention arrives as `app_mention` and, where
 * the app listens to the channel, as `message` too.
 */
export function slackShared(
  message: SlackMessage & SlackChannel & { type?: unknown },
  { ownIds }: Pick<SlackContext, "ownIds">,
): SharedPlace | null {
  const { text, user, thread_ts: thread, parent_user_id: parent, ts } = message;
  const mentions = [...(text ?? "").matchAll(MENTIONS)].map(([, id]) => id ?? "");
  const isNamed = message.type === "app_mention" || mentions.some((id) => ownIds.has(id));
  const isReply = Boolean(thread) && thread !== ts;
  if (!isNamed && !isReply) return null;
  const isOurThread = isReply && Boolean(parent) && ownIds.has(parent ?? "");
  const isOthersThread = isReply && Boolean(parent) && !isOurThread && parent !== user;
  // A mention under a name of the bot that this account does not know is no other name.
  const names = mentions.filter((id) => !ownIds.has(id)).length;
  const isUnknownName = message.type === "app_mention" && names === mentions.length;
  const namesOthers = isOthersThread || names > (isUnknownName ? 1 : 0);
  return {
    kind: "thread",
    isNamed,
    ...(isOurThread ? { repliesToUs: true } : {}),
    ...(namesOthers ? { namesOthers: true } : {}),
  };
}
