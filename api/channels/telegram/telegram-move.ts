import { z } from "zod";
import type { InboundMovedThread } from "../channel.ts";
import { TELEGRAM_ID } from "./telegram-body.ts";
import type { TelegramEnvelope } from "./telegram-envelope.ts";

const MOVE = z.looseObject({
  migrate_to_chat_id: TELEGRAM_ID.optional().catch(undefined),
  migrate_from_chat_id: TELEGRAM_ID.optional().catch(undefined),
});

/** A group became a supergroup, with another id. Telegram writes it into the old chat and into the new one. Null for other messages. */
export function telegramMove(envelope: TelegramEnvelope): InboundMovedThread | null {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from } = MOVE.parse(envelope);
  const here = String(envelope.chat.id);
  if (to !== undefined) return { kind: "moved_thread", from: here, to: String(to) };
  return from === undefined ? null : { kind: "moved_thread", from: String(from), to: here };
}
