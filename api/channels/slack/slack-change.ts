import type { InboundChange, InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { type SlackFields } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import {
  SLACK_CHANNEL,
  SLACK_MESSAGE,
  slackAuthor,
  type SlackChannel,
  type SlackMessage,
  slackMessageId,
  slackThread,
} from "./slack-envelope.ts";
import { slackText } from "./slack-text.ts";
import { SLACK_TS, slackTime } from "./slack-time.ts";

/** `ts` is the change's own. */
const CHANGED = SLACK_CHANNEL.extend({
  ts: SLACK_TS,
  message: SLACK_MESSAGE,
  previous_message: SLACK_MESSAGE.optional().catch(undefined),
});
const DELETED = SLACK_CHANNEL.extend({ ts: SLACK_TS, previous_message: SLACK_MESSAGE.optional() });

/** A message that changed: mostly because Slack added a link's preview, sometimes because the person edited it. */
export function slackEdit(event: SlackFields, context: SlackContext): InboundEvent {
  const parsed = CHANGED.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, "event");
  const { message, previous_message: before, ...change } = parsed.data;
  // What has replies is not taken away when it is deleted: a stone with the same ts stays in its place.
  if (message.subtype === "tombstone") return changeOf("delete", { ...change, message: before }, context);
  if (before !== undefined && (before.text ?? "") === (message.text ?? ""))
    return ignoreEvent("message_changed.same_text");
  return changeOf("edit", { ...change, message }, context);
}

/** The person took a message back. */
export function slackDelete(event: SlackFields, context: SlackContext): InboundEvent {
  const parsed = DELETED.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, "event");
  const { previous_message: message, ...change } = parsed.data;
  return changeOf("delete", { ...change, message }, context);
}

/** `message` says whose and which message it was; without it nobody can tell. */
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
    text: kind === "delete" ? "" : slackText(message.text ?? "", context.ownIds),
    providerTime: slackTime(change.ts, context.receivedAt).providerTime,
  };
}
