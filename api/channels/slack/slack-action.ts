import { z } from "zod";
import type { InboundEvent, InboundMessage } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { SLACK_ID, SLACK_TRIGGER, type SlackFields } from "./slack-body.ts";
import { chosenIds, labelOf, SLACK_CHOICE } from "./slack-choice.ts";
import type { SlackContext } from "./slack-context.ts";
import { slackPressPlace } from "./slack-envelope.ts";
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

const ACTION = SLACK_CHOICE.extend({
  action_ts: SLACK_TS.nullish().catch(null),
  /** Slack also reports a button that opens a page. */
  url: z.string().nullish().catch(null),
});

/** The text of a pressed button or a chosen row is its label. */
export function slackAction(fields: SlackFields, { ownIds, receivedAt }: SlackContext): InboundEvent {
  const parsed = PRESS.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, trigger_id: trigger, container, actions } = parsed.data;
  const action = ACTION.safeParse(actions[0]).data;
  if (action?.url) return ignoreEvent("block_actions.link");
  const label = slackText(action === undefined ? "" : labelOf(action), ownIds).trim();
  const ids = action === undefined ? "" : chosenIds(action);
  return {
    kind: "message",
    providerMessageId: `action:${trigger}`,
    from: user.id,
    ...threadOf(container),
    text: label === "" ? formatPlaceholder("choice", ids) : label,
    origin: action?.type === "plain_text_input" ? "form" : "press",
    ...(label === "" && ids === "" ? ({ treatment: "explain" } as const) : {}),
    ...(action?.action_ts ? slackTime(action.action_ts, receivedAt) : { providerTime: null }),
  };
}

/**
 * The thread of the message with the button. A message that only this contact sees has no thread, and a form or the home page has
 * no channel. In these cases the reply goes to the contact directly.
 */
function threadOf(container: Container): Pick<InboundMessage, "thread" | "shared"> {
  const { channel_id: channel, message_ts: ts, thread_ts: thread, is_ephemeral: isHidden } = container ?? {};
  if (channel === undefined || ts === undefined || (isHidden === true && !thread)) return {};
  return slackPressPlace(channel, { ts, thread_ts: thread });
}
