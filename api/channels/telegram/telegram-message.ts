import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { telegramTime } from "./telegram-body.ts";
import { telegramContent } from "./telegram-content.ts";
import { markTelegramForward } from "./telegram-forward.ts";
import { removeNames } from "./telegram-shared.ts";
import { TELEGRAM_ENVELOPE, telegramAddress } from "./telegram-envelope.ts";
import { telegramMove } from "./telegram-move.ts";

/** One new message. Each picture of an album is a message, and only one of them has the caption. */
export function telegramMessage(
  item: unknown,
  { receivedAt, account }: { receivedAt: Date; account: ChannelAccount },
): InboundEvent {
  const envelope = TELEGRAM_ENVELOPE.safeParse(item);
  if (!envelope.success) return toInvalidEvent(envelope.error, "message");
  const move = telegramMove(envelope.data);
  if (move !== null) return move;
  const address = telegramAddress(envelope.data, account);
  if ("kind" in address) return address;
  const content = telegramContent(envelope.data);
  if (content.kind === "nothing") return ignoreEvent(`message.${content.what}`);
  if (content.kind === "broken") return toInvalidEvent(content.error, "message");
  const { id, ...place } = address;
  const text = place.shared === undefined ? content.text : removeNames(content.text, envelope.data, account);
  return {
    kind: "message",
    providerMessageId: id,
    ...place,
    ...markTelegramForward({ text, origin: content.origin }, envelope.data),
    ...(content.treatment === undefined ? {} : { treatment: content.treatment }),
    ...(content.media === null ? {} : { media: [content.media] }),
    providerTime: telegramTime(envelope.data.date, receivedAt),
    // `date` has whole seconds, so several messages may have the same. Their ids rise within a chat.
    providerSequence: envelope.data.message_id,
  };
}
