import { and, eq } from "drizzle-orm";
import { findContact } from "../contacts/find-contact.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { storeInbound, type StoredInbound } from "../inbound/inbox.ts";
import { NOT_ADDRESSED } from "../inbound/insert-inbound.ts";
import type { NewInbound, SharedPlace } from "../inbound/new-inbound.ts";
import { inbox } from "../schema/conversations.ts";
import { hasProviderId } from "./own-echo.ts";
import { listConversationsOf, pauseShared } from "./shared-places.ts";

/*
 * In a place where others write too the assistant answers what names it or replies to it. In a thread it also answers everything else, as
 * long as one contact alone writes there. As soon as a second participant writes, the conversations of the thread are paused ("shared").
 */

export type SharedInbound = NewInbound & { shared: SharedPlace };

export interface StoredShared {
  /** Null: the message was not for the assistant, and nothing of it is stored. */
  stored: StoredInbound | null;
  /** Conversations in which the assistant is silent from now on. */
  silenced: readonly string[];
}

export async function storeShared(
  db: Queryable,
  vault: Vault,
  message: SharedInbound,
): Promise<StoredShared> {
  if (await isForAssistant(db, message)) return await storeAddressed(db, vault, message);
  return message.shared.kind === "thread"
    ? await storeInThread(db, vault, message)
    : { stored: null, silenced: await silenceAnswered(db, vault, message) };
}

/** In a thread that the assistant began all messages reply to it, so there only the first one counts. */
async function isForAssistant(db: Queryable, message: SharedInbound): Promise<boolean> {
  const { kind, isNamed, repliesToUs, repliesTo } = message.shared;
  if (isNamed) return true;
  if (repliesToUs === true) return kind === "group" || (await listConversationsOf(db, message)).length === 0;
  return repliesTo !== undefined && (await hasProviderId(db, message, repliesTo));
}

async function storeAddressed(db: Queryable, vault: Vault, message: SharedInbound): Promise<StoredShared> {
  const stored = await storeInbound(db, vault, message);
  const { kind, namesOthers } = message.shared;
  if (kind === "thread" && stored.isNew) {
    const all = await listConversationsOf(db, message);
    // No participant has written to another one yet, so a reply that is being made is sent.
    if (all.length > 1 || namesOthers === true)
      for (const { conversationId } of all)
        await pauseShared(db, { tenantId: message.tenantId, conversationId }, null);
  }
  return { stored, silenced: [] };
}

/** A message that does not name the assistant. It may name other participants. */
async function storeInThread(db: Queryable, vault: Vault, message: SharedInbound): Promise<StoredShared> {
  const { tenantId, shared } = message;
  const all = (await listConversationsOf(db, message)).map(({ conversationId }) => conversationId);
  if (all.length === 0) return { stored: null, silenced: [] };
  const own = (await findContact(db, vault, { ...message, address: message.from }))?.conversationId ?? null;
  const silenced = all.filter((id) => id !== own);
  for (const conversationId of silenced) await pauseShared(db, { tenantId, conversationId }, timeOf(message));
  if (own === null) return { stored: null, silenced };
  const isForOthers = silenced.length > 0 || shared.namesOthers === true;
  const asOverheard = {
    ...message,
    isAddressed: false,
    ...(isForOthers ? { suppressed: NOT_ADDRESSED } : {}),
  } as const;
  return { stored: await storeInbound(db, vault, asOverheard), silenced };
}

/** In a group another participant who replies to a contact answers in place of the assistant. */
async function silenceAnswered(db: Queryable, vault: Vault, message: SharedInbound): Promise<string[]> {
  const answered = await findAnswered(db, vault, message);
  const own = (await findContact(db, vault, { ...message, address: message.from }))?.conversationId ?? null;
  if (answered === null || answered === own) return [];
  const { tenantId } = message;
  await pauseShared(db, { tenantId, conversationId: answered }, timeOf(message));
  return [answered];
}

/** The conversation of the contact whose message this one replies to. */
async function findAnswered(db: Queryable, vault: Vault, message: SharedInbound): Promise<string | null> {
  const { repliesTo, repliesToContact } = message.shared;
  if (repliesToContact !== undefined) {
    const contact = await findContact(db, vault, { ...message, aliases: [], address: repliesToContact });
    return contact?.conversationId ?? null;
  }
  if (repliesTo === undefined) return null;
  const { channel, accountId } = message;
  const [row] = await db
    .select({ conversationId: inbox.conversationId })
    .from(inbox)
    .where(
      and(eq(inbox.channel, channel), eq(inbox.accountId, accountId), eq(inbox.providerMessageId, repliesTo)),
    );
  return row?.conversationId ?? null;
}

function timeOf({ providerTime, arrivedAt }: NewInbound): Date | "now" {
  return providerTime ?? arrivedAt ?? "now";
}
