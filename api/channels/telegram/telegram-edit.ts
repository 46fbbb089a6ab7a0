import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { telegramTime } from "./telegram-body.ts";
import { telegramContent } from "./telegram-content.ts";
import { TELEGRAM_ENVELOPE, telegramAddress } from "./telegram-envelope.ts";

const EDITED = TELEGRAM_ENVELOPE.extend({
  edit_date: z.int({ error: "must be the time of the edit, in whole seconds since 1970" }),
});

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
  // A shared live location is edited every few seconds for hours.
  if (content.media?.kind === "location") return ignoreEvent("edited_message.location");
  const { id, ...place } = address;
  const { edit_date: editDate } = edited.data;
  return {
    kind: "edit",
    changeId: `${id}:${editDate}`,
    ...place,
    targetMessageId: id,
    text: content.text,
    providerTime: telegramTime(editDate, receivedAt),
  };
}
