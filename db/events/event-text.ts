import { and, eq } from "drizzle-orm";
import { findConversationOwner } from "../conversations/open-conversation.ts";
import { openDeliveryText } from "../delivery/deliveries.ts";
import { messageLabel } from "../conversations/append-line.ts";
import { findChangedTexts } from "../inbound/message-changes.ts";
import type { Queryable } from "../connection/postgres.ts";
import { messages } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import type { events } from "../schema/events.ts";
import { nullIfUnreadable, type KeyOwner, type Vault } from "../connection/vault.ts";

type Event = typeof events.$inferSelect;
type Owner = KeyOwner & { conversationId: string };

/**
 * The present text of the message of an event. Null where the contact deleted the message or it cannot be read any more (the
 * contact was erased). Undefined where the event has no message.
 */
export async function findEventText(
  db: Queryable,
  vault: Vault,
  event: Event,
): Promise<string | null | undefined> {
  const { type, tenantId, conversationId } = event;
  const lookUp =
    type === "message.received" ? findMessageText : type.startsWith("message.reply.") ? findReplyText : null;
  if (conversationId === null || lookUp === null) return undefined;
  const owner = await findConversationOwner(db, tenantId, conversationId);
  try {
    return await lookUp(db, vault, owner, event);
  } catch (error) {
    return nullIfUnreadable(error);
  }
}

/** The one part of the event. */
async function findReplyText(
  db: Queryable,
  vault: Vault,
  owner: Owner,
  { data }: Event,
): Promise<string | null> {
  const [row] = await db
    .select()
    .from(deliveries)
    .where(eq(deliveries.id, String(data["delivery_id"])));
  return row === undefined ? null : openDeliveryText(vault, owner, row).text;
}

async function findMessageText(
  db: Queryable,
  vault: Vault,
  owner: Owner,
  { data }: Event,
): Promise<string | null> {
  const messageId = String(data["message_id"]);
  const changed = (await findChangedTexts(db, vault, owner, [messageId])).get(messageId);
  if (changed !== undefined) return changed.text;
  const { conversationId } = owner;
  const seq = Number(data["seq"]);
  const [row] = await db
    .select({ body: messages.body })
    .from(messages)
    .where(and(eq(messages.conversationId, conversationId), eq(messages.seq, seq)));
  return row === undefined ? null : vault.open(owner, messageLabel(conversationId, seq), row.body);
}
