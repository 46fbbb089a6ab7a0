import { z } from "zod";
import type { InboundEvent, InboundMessage } from "../channel.ts";
import { STORED_TEXT, ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder } from "../placeholder.ts";

const WORD = STORED_TEXT.optional().catch(undefined);
const POSTBACK = z.looseObject({
  webhookEventId: z
    .string({ error: "must be the event's id" })
    .regex(/^[\w-]{1,64}$/, "must be an id of 1 to 64 characters"),
  postback: z.looseObject({
    data: STORED_TEXT.catch(""),
    params: z
      .looseObject({ date: WORD, time: WORD, datetime: WORD, newRichMenuAliasId: WORD })
      .optional()
      .catch(undefined),
  }),
});

/** A pressed button, or a chosen date. LINE hands out no label, so a placeholder has the data of the button. */
export function linePostback(
  event: unknown,
  {
    place,
    source,
    providerTime,
  }: { place: string; source: Pick<InboundMessage, "from" | "thread"> | null; providerTime: Date | null },
): InboundEvent {
  const parsed = POSTBACK.safeParse(event);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  if (source === null) return ignoreEvent("postback.no_user");
  const { webhookEventId: id, postback } = parsed.data;
  const { date, time, datetime, newRichMenuAliasId: menu } = postback.params ?? {};
  // The contact turned to another page of the menu.
  if (menu !== undefined) return ignoreEvent("event.postback.rich_menu");
  const chosen = datetime ?? date ?? time;
  const text = joinChoice(postback.data, chosen);
  return {
    kind: "message",
    providerMessageId: `postback:${id}`,
    ...source,
    text,
    origin: "press",
    providerTime,
  };
}

function joinChoice(data: string, chosen: string | undefined): string {
  const button = formatPlaceholder("button", data);
  return chosen === undefined ? button : `${button}\n${chosen}`;
}
