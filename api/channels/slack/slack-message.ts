import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { type SlackFields } from "./slack-body.ts";
import { slackDelete, slackEdit } from "./slack-change.ts";
import { slackContent } from "./slack-content.ts";
import type { SlackContext } from "./slack-context.ts";
import {
  isDirectChannel,
  SLACK_CHANNEL,
  SLACK_MESSAGE,
  slackAuthor,
  slackMessageId,
  slackThread,
} from "./slack-envelope.ts";
import { ignoreKind } from "./slack-ignored.ts";
import { slackShared } from "./slack-shared.ts";
import { slackTime } from "./slack-time.ts";

/** The subtypes of messages that contacts write. Most have no subtype. */
const WRITTEN = new Set(["file_share", "thread_broadcast", "me_message"]);

/** `message` and `app_mention`. The app's event subscriptions choose which messages of a channel arrive. */
export function slackMessage(event: SlackFields, context: SlackContext): InboundEvent {
  const { subtype } = event;
  if (subtype === "message_changed") return slackEdit(event, context);
  if (subtype === "message_deleted") return slackDelete(event, context);
  if (typeof subtype !== "string" || WRITTEN.has(subtype)) return readWrittenMessage(event, context);
  return subtype === "bot_message" ? ignoreEvent(subtype) : ignoreKind("message", subtype);
}

/** Files and their text are one message. */
function readWrittenMessage(event: SlackFields, context: SlackContext): InboundEvent {
  const parsed = SLACK_CHANNEL.extend(SLACK_MESSAGE.shape).safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, "event");
  const message = parsed.data;
  const from = slackAuthor(message, context);
  if (typeof from !== "string") return from;
  const shared = isDirectChannel(message) ? undefined : slackShared(message, context);
  if (shared === null) return ignoreEvent("message.not_addressed");
  const { text, media, origin } = slackContent(message, context.ownIds);
  return {
    kind: "message",
    providerMessageId: slackMessageId(message, message.ts),
    from,
    thread: slackThread(message, message),
    ...(shared === undefined ? {} : { shared }),
    text,
    origin,
    ...(media.length === 0 ? {} : { media }),
    ...slackTime(message.ts, context.receivedAt),
  };
}
