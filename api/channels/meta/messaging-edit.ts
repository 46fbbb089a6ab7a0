import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import type { MessagingItem } from "./messaging-context.ts";
import { deriveMessagingId } from "./messaging-derived-id.ts";
import { STORED_TEXT, ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID } from "./meta-body.ts";

const EDIT = z.looseObject(
  {
    mid: META_ID,
    text: STORED_TEXT.nullish(),
    num_edit: z.union([z.number(), z.string()]).nullish().catch(null),
  },
  { error: "must be an object with mid and text" },
);

/** A message's new text. An edit has no id of its own, only its number within the message. */
export function messagingEdit(value: unknown, item: MessagingItem): InboundEvent {
  const { from, timestamp, happenedAt: providerTime, place } = item;
  const parsed = EDIT.safeParse(value);
  if (!parsed.success) return toInvalidEvent(parsed.error, `${place}.message_edit`);
  const { mid, text, num_edit: count } = parsed.data;
  if (text === undefined || text === null) return ignoreEvent("edit_without_text");
  const which = count === undefined || count === null ? [timestamp, text] : [String(count)];
  const changeId = deriveMessagingId("edit", mid, ...which);
  return { kind: "edit", changeId, from, targetMessageId: mid, text, providerTime };
}
