import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import type { MessagingItem } from "./messaging-context.ts";
import { deriveMessagingId } from "./messaging-derived-id.ts";
import { STORED_TEXT, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { META_ID } from "./meta-body.ts";

const POSTBACK = z.looseObject(
  { mid: META_ID.nullish(), title: STORED_TEXT.nullish(), payload: z.unknown().optional() },
  { error: "must be an object with title or payload" },
);

/** Some buttons of other apps have no title: only their payload says what was chosen. */
function readPayload(payload: unknown): string {
  const parsed = STORED_TEXT.safeParse(payload);
  return formatPlaceholder("button", parsed.success ? parsed.data : null);
}

/** The text of a pressed button is its title. Older buttons have no id, so one is derived from sender, time and payload. */
export function messagingPostback(value: unknown, item: MessagingItem): InboundEvent {
  const { from, timestamp, happenedAt: providerTime, place } = item;
  const parsed = POSTBACK.safeParse(value);
  if (!parsed.success) return toInvalidEvent(parsed.error, `${place}.postback`);
  const { mid, title, payload } = parsed.data;
  if (!mid && typeof timestamp !== "number") {
    // Without the time, the second press of the same button would be dropped as a duplicate.
    const message = "must be a time in ms: a postback without mid is known by its time";
    return { kind: "invalid", problems: [{ field: `${place}.timestamp`, message }] };
  }
  const providerMessageId = mid ?? deriveMessagingId("postback", from, timestamp, payload);
  return {
    kind: "message",
    providerMessageId,
    from,
    text: title || readPayload(payload),
    origin: "press",
    media: [],
    providerTime,
  };
}
