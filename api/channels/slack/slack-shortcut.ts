import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder, joinLines } from "../placeholder.ts";
import { SLACK_ID, SLACK_TRIGGER, type SlackFields } from "./slack-body.ts";
import { slackContent } from "./slack-content.ts";
import type { SlackContext } from "./slack-context.ts";
import { SLACK_MESSAGE, slackPressPlace } from "./slack-envelope.ts";
import { SLACK_TS, slackTime } from "./slack-time.ts";

const WORD = STORED_TEXT.nullish().catch(null);
const USER = z.looseObject({ id: SLACK_ID }, { error: "must be an object with the user's id" });
const SHORTCUT = z.looseObject({ user: USER, trigger_id: SLACK_TRIGGER, callback_id: WORD });

/** A shortcut of the app without a message. It has no words, and the reply goes to the contact directly. */
export function slackShortcut(fields: SlackFields): InboundEvent {
  const parsed = SHORTCUT.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, trigger_id: trigger, callback_id: name } = parsed.data;
  const text = formatPlaceholder("shortcut", name);
  const id = { providerMessageId: `shortcut:${trigger}`, from: user.id };
  return { kind: "message", ...id, text, origin: "placeholder", treatment: "explain", providerTime: null };
}

const MESSAGE_ACTION = SHORTCUT.extend({
  message: SLACK_MESSAGE.partial().catch({}),
});

/** A shortcut on a message, which the contact passes on. Its author did not write to us, so the reply goes to the contact directly. */
export function slackMessageAction(fields: SlackFields, { ownIds }: SlackContext): InboundEvent {
  const parsed = MESSAGE_ACTION.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, trigger_id: trigger, message } = parsed.data;
  const { text: words, media } = slackContent({ ts: "", ...message }, ownIds);
  const text = joinLines(formatPlaceholder("forwarded message"), words);
  return {
    kind: "message",
    providerMessageId: `shortcut:${trigger}`,
    from: user.id,
    text,
    // Another wrote the words.
    origin: "placeholder",
    ...(media.length === 0 ? {} : { media }),
    ...(words === "" ? ({ treatment: "explain" } as const) : {}),
    providerTime: null,
  };
}

const BUTTON = z.looseObject({ name: WORD, value: WORD, text: WORD });
const PRESS = z.looseObject({
  user: USER,
  channel: z.looseObject({ id: SLACK_ID }),
  message_ts: SLACK_TS,
  action_ts: SLACK_TS,
  actions: z.array(
    BUTTON.extend({
      selected_options: z
        .array(z.looseObject({ value: WORD }))
        .nullish()
        .catch(null),
    }),
  ),
  original_message: z
    .looseObject({
      thread_ts: SLACK_TS.nullish(),
      attachments: z.array(z.looseObject({ actions: z.array(BUTTON).catch([]) })).catch([]),
    })
    .nullish()
    .catch(null),
});

/** A pressed button of the older kind. Its label is only in the message that holds it. */
export function slackOldPress(fields: SlackFields, { receivedAt }: SlackContext): InboundEvent {
  const parsed = PRESS.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, channel, message_ts: ts, action_ts: at, actions, original_message: original } = parsed.data;
  const [pressed] = actions;
  const chosen = pressed?.selected_options?.[0]?.value ?? pressed?.value ?? null;
  const buttons = original?.attachments.flatMap((attachment) => attachment.actions) ?? [];
  const label = buttons.find(({ name, value }) => name === pressed?.name && value === pressed?.value)?.text;
  return {
    kind: "message",
    providerMessageId: `action:${channel.id}.${at}`,
    from: user.id,
    ...slackPressPlace(channel.id, { ts, thread_ts: original?.thread_ts }),
    text: label || formatPlaceholder("button", chosen),
    origin: "press",
    ...slackTime(at, receivedAt),
  };
}
