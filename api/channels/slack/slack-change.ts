import type { InboundChange, InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { type SlackFields } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import {
  isDirectChannel,
  SLACK_CHANNEL,
  SLACK_MESSAGE,
  slackAuthor,
  type SlackChannel,
  type SlackMessage,
  slackMessageId,
  slackThread,
} from "./slack-envelope.ts";
import { ignoreKind } from "./slack-ignored.ts";
import { slackText } from "./slack-text.ts";
import { SLACK_TS, slackTime } from "./slack-time.ts";

/** `ts` is the change's own. */
const CHANGED = SLACK_CHANNEL.extend({
  ts: SLACK_TS,
  message: SLACK_MESSAGE,
  previous_message: SLACK_MESSAGE.optional().catch(undefined),
});
const DELETED = SLACK_CHANNEL.extend({ ts: SLACK_TS, previous_message: SLACK_MESSAGE.optional() });

/** A changed message. Usually Slack added a link preview; sometimes the contact edited it. */
export function slackEdit(event: SlackFields, context: SlackContext): InboundEvent {
  const parsed = CHANGED.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, "event");
  const { message, previous_message: before, ...change } = parsed.data;
  // A deleted message with replies is not removed: a tombstone with the same ts replaces it.
  if (message.subtype === "tombstone") return changeOf("delete", { ...change, message: before }, context);
  // The first message of a thread of the assistant: Slack writes it, and changes it with the title of the thread.
  if (message.subtype === "assistant_app_thread") return ignoreKind("message", message.subtype);
  if (before !== undefined && (before.text ?? "") === (message.text ?? ""))
    return ignoreEvent("message_changed.same_text");
  return changeOf("edit", { ...change, message }, context);
}

/** The contact deleted a message. */
export function slackDelete(event: SlackFields, context: SlackContext): InboundEvent {
  const parsed = DELETED.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, "event");
  const { previous_message: message, ...change } = parsed.data;
  return changeOf("delete", { ...change, message }, context);
}

/** `message` has the writer and the id of the deleted message. Without it both are unknown. */
function changeOf(
  kind: InboundChange["kind"],
  { message, ...change }: SlackChannel & { ts: string; message: SlackMessage | undefined },
  context: SlackContext,
): InboundEvent {
  if (message === undefined) return ignoreEvent("message_deleted.unknown_author");
  const from = slackAuthor(message, context);
  if (typeof from !== "string") return from;
  return {
    kind,
    changeId: `${kind}:${slackMessageId(change, change.ts)}`,
    from,
    thread: slackThread(change, message),
    targetMessageId: slackMessageId(change, message.ts),
    // Slack reports the changes of all messages of a channel, and most of them are not for us.
    ...(isDirectChannel(change) ? {} : { needsStoredMessage: true }),
    text: kind === "delete" ? "" : slackText(message.text ?? "", context.ownIds),
    providerTime: slackTime(change.ts, context.receivedAt).providerTime,
  };
}
