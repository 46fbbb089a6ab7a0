import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { SLACK_ID, SLACK_TRIGGER, type SlackFields } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import { slackText } from "./slack-text.ts";

const COMMAND = z.looseObject({
  user_id: SLACK_ID,
  trigger_id: SLACK_TRIGGER,
  text: STORED_TEXT.default(""),
  command: STORED_TEXT.catch("command"),
});

/**
 * Only the contact sees a slash command, and it works in channels without the bot. So it has no thread, and the reply goes to the
 * contact directly.
 */
export function slackCommand(fields: SlackFields, { ownIds }: SlackContext): InboundEvent {
  const parsed = COMMAND.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user_id: from, trigger_id: trigger } = parsed.data;
  const text = slackText(parsed.data.text, ownIds).trim();
  const message = {
    kind: "message",
    providerMessageId: `command:${trigger}`,
    from,
    providerTime: null,
  } as const;
  // Slack shows the contact nothing by itself, so a command without words needs an answer too.
  if (text === "")
    return {
      ...message,
      text: formatPlaceholder(parsed.data.command),
      origin: "placeholder",
      treatment: "explain",
    };
  return { ...message, text, origin: "typed" };
}
