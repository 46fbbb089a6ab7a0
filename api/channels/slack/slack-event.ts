import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { toInvalidEvent } from "../json-body.ts";
import { type SlackFields } from "./slack-body.ts";
import type { SlackContext } from "./slack-context.ts";
import { ignoreKind } from "./slack-ignored.ts";
import { slackMessage } from "./slack-message.ts";

const CALLBACK = z.looseObject({
  event: z.looseObject(
    { type: z.string({ error: 'must be the event\'s type, such as "message"' }) },
    { error: "must be an object with type" },
  ),
});

/** The one event of a body. */
export function slackEvent(fields: SlackFields, context: SlackContext): InboundEvent {
  const parsed = CALLBACK.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { event } = parsed.data;
  const isMessage = event.type === "message" || event.type === "app_mention";
  return isMessage ? slackMessage(event, context) : ignoreKind("event", event.type);
}
