import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { telegramTime } from "./telegram-body.ts";
import { telegramContent, type TelegramContent } from "./telegram-content.ts";
import { removeNames } from "./telegram-shared.ts";
import { TELEGRAM_ENVELOPE, telegramAddress } from "./telegram-envelope.ts";

const EDITED = TELEGRAM_ENVELOPE.extend({
  edit_date: z.int({ error: "must be the time of the edit, in whole seconds since 1970" }),
});

/**
 * The kind of content in which an edit brings no new words, or null. A shared live location is edited every few seconds for hours, and a
 * poll with each vote.
 */
export function nameWordlessEdit({
  media,
  what,
}: Extract<TelegramContent, { kind: "content" }>): string | null {
  if (media?.kind === "location") return "location";
  return what === undefined || what === "rich_message" ? null : what;
}

/** An edited message is sent whole, with its original id and the time of the edit. */
export function telegramEdit(
  item: unknown,
  { receivedAt, account }: { receivedAt: Date; account: ChannelAccount },
): InboundEvent {
  const edited = EDITED.safeParse(item);
  if (!edited.success) return toInvalidEvent(edited.error, "edited_message");
  const address = telegramAddress(edited.data, account);
  if ("kind" in address) return address;
  const content = telegramContent(edited.data);
  if (content.kind === "nothing") return ignoreEvent(`edited_message.${content.what}`);
  if (content.kind === "broken") return toInvalidEvent(content.error, "edited_message");
  const still = nameWordlessEdit(content);
  if (still !== null) return ignoreEvent(`edited_message.${still}`);
  const { id, shared, ...place } = address;
  const { edit_date: editDate } = edited.data;
  return {
    kind: "edit",
    changeId: `${id}:${editDate}`,
    ...place,
    targetMessageId: id,
    // In a group most messages are not for us, and are not stored.
    ...(shared === undefined ? {} : { needsStoredMessage: true }),
    text: shared === undefined ? content.text : removeNames(content.text, edited.data, account),
    providerTime: telegramTime(editDate, receivedAt),
  };
}
