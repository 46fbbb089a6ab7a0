import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT, ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { SLACK_ID, SLACK_TRIGGER, type SlackFields } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import { slackThread } from "./slack-envelope.ts";
import { slackText } from "./slack-text.ts";
import { SLACK_TS, slackTime } from "./slack-time.ts";

const PRESS = z.looseObject({
  user: z.looseObject({ id: SLACK_ID }, { error: "must be an object with the user's id" }),
  trigger_id: SLACK_TRIGGER,
  container: z
    .looseObject({
      channel_id: SLACK_ID.optional(),
      message_ts: SLACK_TS.optional(),
      thread_ts: SLACK_TS.nullish(),
      is_ephemeral: z.boolean().optional().catch(undefined),
    })
    .optional(),
  actions: z.array(z.unknown(), { error: "must be a list of actions" }).min(1, "must have an action"),
});
type Container = z.infer<typeof PRESS>["container"];

const LABEL = z.looseObject({ text: STORED_TEXT });
const OPTION = z.looseObject({ text: LABEL });
const optional = <Of extends z.ZodType>(type: Of) => type.nullish().catch(null);
const ACTION = z.looseObject({
  action_ts: optional(SLACK_TS),
  /** Slack also reports a button that opens a page. */
  url: optional(z.string()),
  text: optional(LABEL),
  value: optional(STORED_TEXT),
  type: optional(z.string()),
  selected_option: optional(OPTION),
  selected_options: optional(z.array(OPTION)),
  selected_date: optional(STORED_TEXT),
  selected_time: optional(STORED_TEXT),
});
type Action = z.infer<typeof ACTION>;

/** The text of a pressed button or a chosen row is its label. */
export function slackAction(fields: SlackFields, { ownIds, receivedAt }: SlackContext): InboundEvent {
  const parsed = PRESS.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, trigger_id: trigger, container, actions } = parsed.data;
  const action = ACTION.safeParse(actions[0]).data;
  if (action?.url) return ignoreEvent("block_actions.link");
  const text = slackText(wordsOf(action), ownIds).trim();
  if (text === "") return ignoreEvent("block_actions.no_text");
  return {
    kind: "message",
    providerMessageId: `action:${trigger}`,
    from: user.id,
    ...threadOf(container),
    text,
    ...(action?.action_ts ? slackTime(action.action_ts, receivedAt) : { providerTime: null }),
  };
}

function wordsOf(action: Action | undefined): string {
  if (action === undefined) return "";
  const { selected_option: option, selected_options: options, type, text, value } = action;
  const chosen = options?.map((each) => each.text.text).join(", ") ?? option?.text.text;
  // The value of a field is the text that the contact typed. The value of a button is for programs.
  const typed = type === "plain_text_input" ? value : null;
  return chosen ?? action.selected_date ?? action.selected_time ?? typed ?? text?.text ?? "";
}

/**
 * The thread of the message with the button. A message that only this contact sees has no thread, and a form or the home page has
 * no channel. In these cases the reply goes to the contact directly.
 */
function threadOf(container: Container): { thread?: string } {
  const { channel_id: channel, message_ts: ts, thread_ts: thread, is_ephemeral: isHidden } = container ?? {};
  if (channel === undefined || ts === undefined || (isHidden === true && !thread)) return {};
  return { thread: slackThread({ channel }, { ts, thread_ts: thread }) };
}
