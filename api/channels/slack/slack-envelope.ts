import { z } from "zod";
import type { InboundIgnored, InboundMessage } from "../channel.ts";
import { STORED_TEXT, ignoreEvent } from "../json-body.ts";
import { SLACK_ID } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import { SLACK_TS } from "./slack-time.ts";

/** The place of an event. A change has it once, next to the message that it changes. */
export const SLACK_CHANNEL = z.looseObject(
  { channel: SLACK_ID },
  { error: "must be an object with channel" },
);
export type SlackChannel = z.infer<typeof SLACK_CHANNEL>;

/** A message in the form of events, changes and deletions. */
export const SLACK_MESSAGE = z.looseObject(
  {
    ts: SLACK_TS,
    thread_ts: SLACK_TS.nullish(),
    subtype: z.string().nullish().catch(null),
    user: SLACK_ID.nullish(),
    /** Of a reply: who began its thread. */
    parent_user_id: z.string().nullish().catch(null),
    bot_id: z.string().nullish().catch(null),
    text: STORED_TEXT.nullish(),
    files: z.array(z.unknown()).nullish().catch(null),
    blocks: z.unknown().optional(),
    attachments: z.array(z.unknown()).nullish().catch(null),
  },
  { error: "must be an object with user and ts" },
);
export type SlackMessage = z.infer<typeof SLACK_MESSAGE>;

/** The key of a message. A mention arrives as `message` and as `app_mention`, and only these two fields are the same in both. */
export function slackMessageId({ channel }: Pick<SlackChannel, "channel">, ts: string): string {
  return `${channel}:${ts}`;
}

/**
 * `{channel}:{thread}`, or the channel alone for a direct message. In a channel each message that is not a reply starts a thread,
 * and our reply goes there. A direct message with replies names itself as its thread.
 */
export function slackThread(
  { channel }: Pick<SlackChannel, "channel">,
  { ts, thread_ts: thread }: Pick<SlackMessage, "ts" | "thread_ts">,
): string {
  if (isDirectChannel({ channel }) && (!thread || thread === ts)) return channel;
  return `${channel}:${thread ?? ts}`;
}

/**
 * Ids of direct messages begin with D. Only the contact and the bot read them. A mention has no channel type but a message has one, and
 * both must give the same thread, so only the id decides.
 */
export function isDirectChannel({ channel }: Pick<SlackChannel, "channel">): boolean {
  return channel.startsWith("D");
}

/** The place of a button that the contact pressed. A press is for the assistant, also where others read and write. */
export function slackPressPlace(
  channel: string,
  message: Pick<SlackMessage, "ts" | "thread_ts">,
): Pick<InboundMessage, "thread" | "shared"> {
  const place = { thread: slackThread({ channel }, message) };
  return isDirectChannel({ channel }) ? place : { ...place, shared: { kind: "thread", isNamed: true } };
}

/** The contact who wrote it, or the reason why it needs no answer. */
export function slackAuthor(
  { user, bot_id: bot, subtype }: Pick<SlackMessage, "user" | "bot_id" | "subtype">,
  { ownIds }: SlackContext,
): string | InboundIgnored {
  if (bot || subtype === "bot_message" || user === "USLACKBOT") return ignoreEvent("bot_message");
  if (!user) return ignoreEvent("no_sender");
  return ownIds.has(user) ? ignoreEvent("own_message") : user;
}
