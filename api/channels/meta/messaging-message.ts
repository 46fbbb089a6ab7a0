import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent, TextOrigin } from "../channel.ts";
import type { MessagingItem } from "./messaging-context.ts";
import { deriveMessagingId } from "./messaging-derived-id.ts";
import { readAttachments } from "./messaging-attachment.ts";
import { STORED_TEXT, ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { formatPlaceholder, joinLines } from "../placeholder.ts";
import { META_ID } from "./meta-body.ts";

const MESSAGE = z.looseObject(
  {
    mid: META_ID,
    text: STORED_TEXT.nullish(),
    attachments: z.array(z.unknown(), { error: "must be a list of attachments" }).nullish(),
    is_echo: z.unknown().optional(),
    is_deleted: z.unknown().optional(),
    is_unsupported: z.unknown().optional(),
    quick_reply: z.unknown().optional(),
    app_id: z.union([z.number(), z.string()]).nullish().catch(null),
  },
  { error: "must be an object with mid" },
);
type Message = z.infer<typeof MESSAGE>;

/** A message that a contact wrote or deleted, or an echo of one in our own name. */
export function messagingMessage(value: unknown, item: MessagingItem): InboundEvent {
  const { from, happenedAt: providerTime, place, ownId } = item;
  const parsed = MESSAGE.safeParse(value);
  if (!parsed.success) return toInvalidEvent(parsed.error, `${place}.message`);
  const message = parsed.data;
  const { mid, text } = message;
  if (message.is_echo === true || from === ownId) return echoOf(message, item);
  if (message.is_deleted === true) {
    const changeId = deriveMessagingId("delete", mid);
    return { kind: "delete", changeId, from, targetMessageId: mid, text: "", providerTime };
  }
  const attached = readAttachments(message.attachments ?? [], Boolean(text));
  const content = { ...attached, text: joinLines(text, attached.text) };
  // Instagram's word for content that its API does not give out: a sticker, a poll, a view-once picture.
  const isHidden = message.is_unsupported === true && content.text === "" && content.media.length === 0;
  const hidden = isHidden ? ({ text: UNSUPPORTED, treatment: "explain" } as const) : {};
  const origin = isHidden ? "placeholder" : originOf(message);
  return { kind: "message", providerMessageId: mid, from, ...content, ...hidden, origin, providerTime };
}

/** A pressed quick reply is a message whose text is the button's label. */
function originOf({ quick_reply: quickReply, attachments, text }: Message): TextOrigin {
  if (quickReply !== undefined && quickReply !== null) return "press";
  // The title of a shared link or product is not the contact's own.
  if (!text) return "placeholder";
  return (attachments ?? []).length === 0 ? "typed" : "caption";
}

const UNSUPPORTED = formatPlaceholder("unsupported message");

/**
 * Our own messages are in the transcript already. Messages of another app, such as the page's inbox, are an agent's. Instagram often
 * gives no app id: then the ids of our sends decide.
 */
function echoOf(
  message: Message,
  { to, account, happenedAt: providerTime, place, ownId }: MessagingItem,
): InboundEvent {
  const { mid, text, app_id: appId, is_deleted: isDeleted } = message;
  const isAnonymous = appId === undefined || appId === null;
  if ((!isAnonymous && isOwnApp(appId, account)) || isDeleted === true) return ignoreEvent("echo");
  // The account writes to itself.
  if (to === ownId) return ignoreEvent("echo.to_itself");
  if (to === undefined) {
    const problem = {
      field: `${place}.recipient.id`,
      message: "must be the id of the contact that it was sent to",
    };
    return { kind: "invalid", problems: [problem] };
  }
  const { media, text: attached } = readAttachments(message.attachments ?? [], Boolean(text));
  return {
    kind: "agent_reply",
    providerMessageId: mid,
    to,
    text: joinLines(text, attached),
    ...(media.length === 0 ? {} : { media }),
    providerTime,
    ...(isAnonymous ? { mayBeOurs: true } : {}),
  };
}

/** Compared as numbers: an id of 17 digits loses its last digit in `JSON.parse`. */
function isOwnApp(appId: string | number, { address }: ChannelAccount): boolean {
  return String(appId) === address || Number(appId) === Number(address);
}
