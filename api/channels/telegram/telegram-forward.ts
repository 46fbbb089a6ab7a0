import { z } from "zod";
import type { InboundMessage } from "../channel.ts";
import { markForwarded } from "../placeholder.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";

const NAMED = z.looseObject({
  id: TELEGRAM_ID.optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  first_name: z.string().optional().catch(undefined),
});
const PARTY = NAMED.optional().catch(undefined);
/** The writer of a forwarded message: a user, a user who hides their account, a group or a channel. */
const ORIGIN = z
  .looseObject({
    sender_user: PARTY,
    sender_user_name: z.string().optional().catch(undefined),
    sender_chat: PARTY,
    chat: PARTY,
  })
  .catch({});
const FORWARDED = z.looseObject({ forward_origin: z.unknown().optional(), from: PARTY });

type Words = Pick<InboundMessage, "text" | "origin">;

/** Contacts also forward their own messages: those stay as they are. */
export function markTelegramForward(words: Words, message: object): Words {
  const { forward_origin: forward, from } = FORWARDED.parse(message);
  if (forward === undefined || forward === null) return words;
  const { sender_user: user, sender_user_name: hiddenName, sender_chat: group, chat } = ORIGIN.parse(forward);
  if (user?.id !== undefined && user.id === from?.id) return words;
  const name = user?.first_name ?? hiddenName ?? group?.title ?? chat?.title ?? null;
  return markForwarded(words, name);
}
