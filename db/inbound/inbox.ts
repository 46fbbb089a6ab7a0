import { type Placeholder, type SQL, sql, TransactionRollbackError } from "drizzle-orm";
import { failpoint, isFailpointArmed } from "../../infra/runtime/failpoint.ts";
import { carrySilence } from "../contacts/carry-silence.ts";
import { lockSharedConversations, writeConsent } from "../contacts/consents.ts";
import { KeyChanged } from "../contacts/data-keys.ts";
import { type ContactAddress, findInbound, type FoundContact } from "../contacts/find-contact.ts";
import { lockNextSeq } from "../conversations/append-line.ts";
import { openConversation } from "../conversations/open-conversation.ts";
import { hasSqlState, type Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { inbox } from "../schema/conversations.ts";
import { insertInbound, placeInbound } from "./insert-inbound.ts";
import type { NewInbound } from "./new-inbound.ts";
import { type Keyword, needsConsent, settleAlone, settleRequest } from "./settle-request.ts";

/*
 * The progress of inbound messages. The states and their moves are in db/transitions/inbox-moves.ts. The primary key (channel, account,
 * provider message id) is the dedupe key. Rows stay for at least 8 days, because Meta redelivers for 7 days.
 */

export interface StoredInbound {
  conversationId: string;
  state: (typeof inbox.$inferSelect)["state"];
  /** False when the message was stored before: a redelivery. */
  isNew: boolean;
  /** True where the contact's keys could not be unwrapped, so earlier texts stay unreadable. */
  hasNewKey: boolean;
  /** True where the message, which is new, opted the contact out. */
  optsOut: boolean;
}

/** One without a lock, which another message may prevent, and three that only the end of a key prevents. */
const ATTEMPTS = 4;

/**
 * Stores a message once: the next number of its conversation, its inbox row and its encrypted text, with contact and conversation where they
 * are new. An acknowledgement waits for each statement and each sync of the disk. So it is one question and one statement that commits, as
 * long as nothing has changed between the two; else the lock of the conversation is taken first. A redelivery changes nothing and returns
 * the state of the first delivery.
 */
export async function storeInbound(db: Queryable, vault: Vault, message: NewInbound): Promise<StoredInbound> {
  const from = { ...message, address: message.from };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { first, contact } = await findInbound(db, vault, from);
    if (first !== null) return { ...first, isNew: false, hasNewKey: false, optsOut: false };
    const store = attempt === 1 ? storeAtOnce : storeUnderLock;
    const stored = await store(db, vault, { from, contact }).catch(nullIfStale);
    if (stored !== null) return stored;
  }
  throw new KeyChanged();
}

interface Storing {
  from: NewInbound & ContactAddress;
  contact: FoundContact | null;
}

/** Takes the locks first for a message that needs more than its own rows. */
async function storeAtOnce(
  db: Queryable,
  vault: Vault,
  { from, contact }: Storing,
): Promise<StoredInbound | null> {
  const isStopAsked = contact?.isStopAsked === true;
  if (
    needsConsent(from.keyword, { isStopAsked }) ||
    needsOtherRows(vault, contact) ||
    isFailpointArmed("after_dedupe_insert")
  )
    return await storeUnderLock(db, vault, { from });
  const place = placeInbound(vault, from, contact);
  const state = await insertInbound(db, vault, { message: from, keyword: settleAlone(from), place });
  return state === null
    ? null
    : { conversationId: place.conversationId, state, isNew: true, hasNewKey: false, optsOut: false };
}

/** True where the contact needs a new key, or has other conversations that may be silent. */
function needsOtherRows(vault: Vault, contact: FoundContact | null): boolean {
  return contact !== null && (contact.otherContactIds.length > 0 || !vault.hasKey(contact));
}

/**
 * Contact and conversation are committed first: the end of a key and a consent wait for conversations that they see. Then all locks are
 * taken in one order; see setConsent.
 */
async function storeUnderLock(
  db: Queryable,
  vault: Vault,
  { from: message }: Pick<Storing, "from">,
): Promise<StoredInbound | null> {
  const { hasNewKey, otherContactIds, conversationId, ...contact } = await openConversation(
    db,
    vault,
    message,
  );
  if (otherContactIds.length > 0) await carrySilence(db, { ...message, conversationId, otherContactIds });
  const { tenantId, channel, accountId } = message;
  const consentKey = { tenantId, channel, accountId, ...contact };
  return await db.transaction(async (tx) => {
    if (needsConsent(message.keyword, { isStopAsked: true })) await lockSharedConversations(tx, consentKey);
    const seq = await lockNextSeq(tx, conversationId);
    const actedAt = message.providerTime ?? message.arrivedAt;
    const { keyword, consent } = await settleRequest(tx, message, {
      key: consentKey,
      conversationId,
      actedAt,
    });
    const place = { contact, newAddress: null, aliases: [], conversationId, opensConversation: false, seq };
    const state = await insertInbound(tx, vault, { message, keyword, place });
    if (state === null) return tx.rollback();
    await failpoint("after_dedupe_insert");
    // Written here and not at the start of the turn, so that a reply in progress is not sent any more.
    if (consent !== null)
      await writeConsent(tx, consentKey, { state: consent, source: "keyword", at: actedAt });
    return { conversationId, state, isNew: true, hasNewKey, optsOut: consent === "opted_out" };
  });
}

const SERIALIZATION_FAILURE = "40001";

/** Nothing was stored, because the contact, its key or the conversation has changed since it was read. */
function nullIfStale(error: unknown): null {
  if (error instanceof TransactionRollbackError || error instanceof KeyChanged) return null;
  if (hasSqlState(error, SERIALIZATION_FAILURE)) return null;
  throw error;
}

/** The keyword of a turn's messages, as a column for a query; the last one counts, and a clear request before an unclear one. */
export function selectLastKeyword(turnId: Placeholder): SQL<Keyword | null> {
  return sql<Keyword | null>`(SELECT i.keyword FROM ${inbox} AS i WHERE i.turn_id = ${turnId} AND i.keyword IS NOT NULL
    ORDER BY i.keyword IN ('maybe_stop', 'go_on'), coalesce(i.provider_time, i.received_at) DESC, i.seq DESC LIMIT 1)`;
}
