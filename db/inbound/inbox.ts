import { and, desc, eq, isNotNull, type SQL, sql, TransactionRollbackError } from "drizzle-orm";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import { carrySilence } from "../contacts/carry-silence.ts";
import {
  type ConsentKey,
  type ConsentState,
  findOptOut,
  lockSharedConversations,
  writeConsent,
} from "../contacts/consents.ts";
import { messageLabel, takeSeq } from "../conversations/append-line.ts";
import { type ConversationRef, openConversation } from "../conversations/open-conversation.ts";
import { isSameKey, KeyChanged, withPresentKey } from "../contacts/data-keys.ts";
import { emitEvent, hasListeners } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";
import { inbox, messages } from "../schema/conversations.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { newState } from "../transitions/move.ts";
import { isDeletedBefore, TAKEN_BACK } from "./message-changes.ts";
import type { Vault } from "../connection/vault.ts";
import { appendOwnMessage } from "../web/stream.ts";

/*
 * The progress of inbound messages. The states and their moves are in db/transitions/inbox-moves.ts. The primary key (channel, account,
 * provider message id) is the dedupe key. Rows stay for at least 8 days, because Meta redelivers for 7 days.
 */

export interface NewInbound {
  tenantId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
  workflowId: string;
  from: string;
  aliases?: readonly string[];
  thread: string;
  text: string;
  /** Characters after the channel's limit, which are not in `text`. */
  cutCharacters?: number;
  /** References to its attachments, as JSON; absent where it has none. */
  media?: string;
  /** The keyword that is the whole text. */
  keyword: "stop" | "start" | "help" | "agent" | "yes" | null;
  providerTime: Date | null;
  providerSequence: number | null;
  /**
   * When it arrived, where it has waited outside of Postgres since: by the database's clock, as the ingress estimates it. Null: it arrives
   * now.
   */
  arrivedAt: Date | null;
  /** How long the turn waits for more messages, ms. Counted from the storing, by the database's clock. */
  quietMs: number;
  /** The reason why a message needs no answer (an empty text). The message is stored as suppressed. */
  suppressed?: string;
  /** Set for a message that a page of ours shows: it is also an entry of the conversation's stream. */
  appendToStream?: true;
}

export interface StoredInbound {
  conversationId: string;
  state: (typeof inbox.$inferSelect)["state"];
  /** False when the message was stored before: a redelivery. */
  isNew: boolean;
  /** True where the contact's keys could not be unwrapped, so earlier texts stay unreadable. */
  hasNewKey: boolean;
}

type InboxKey = Pick<NewInbound, "channel" | "accountId" | "providerMessageId">;

/**
 * Stores a message once, in one transaction: the next number of its conversation, its inbox row and its encrypted text. A
 * redelivery is rolled back, so that the numbers have no gap, and returns the state of the first delivery.
 */
export async function storeInbound(db: Queryable, vault: Vault, message: NewInbound): Promise<StoredInbound> {
  const { state, conversationId, hasNewKey } = await withPresentKey(async () => {
    const conversation = await openConversation(db, vault, { ...message, address: message.from });
    const { otherContactIds, conversationId: opened } = conversation;
    if (otherContactIds.length > 0)
      await carrySilence(db, { ...message, conversationId: opened, otherContactIds });
    const stored = await db
      .transaction(async (tx) => {
        return (await insertInbound(tx, vault, message, conversation)) ?? tx.rollback();
      })
      .catch(nullIfRolledBack);
    return { state: stored, ...conversation };
  });
  if (state !== null) return { conversationId, state, isNew: true, hasNewKey };
  const first = await findInbound(db, message);
  if (first === null) throw new Error("A message that was stored before is not there.");
  return first;
}

/** A message that was taken back before it arrived is never answered. */
function initialState({ suppressed, channel, accountId, providerMessageId }: NewInbound) {
  const reason = suppressed ?? null;
  const isTakenBack = isDeletedBefore({ channel, accountId, providerMessageId });
  return {
    reason: sql`CASE WHEN ${isTakenBack} THEN ${TAKEN_BACK} ELSE ${reason} END`,
    state: sql`CASE WHEN ${isTakenBack} OR ${reason !== null} THEN ${newState(INBOX_MOVES.storeSuppressed)}
      ELSE ${newState(INBOX_MOVES.store)} END`,
  };
}

/** The state of the new row, or null for a redelivery. */
async function insertInbound(
  tx: Queryable,
  vault: Vault,
  message: NewInbound,
  conversation: ConversationRef,
): Promise<StoredInbound["state"] | null> {
  const { conversationId } = conversation;
  const { tenantId, channel, accountId, providerMessageId, providerTime } = message;
  const consentKey = { tenantId, channel, accountId, ...conversation };
  // All locks are taken in one order; see setConsent.
  if (message.keyword !== null) await lockSharedConversations(tx, consentKey);
  // The same in each statement of the transaction.
  const receivedAt =
    message.arrivedAt === null
      ? sql`now()`
      : sql`least(${message.arrivedAt.toISOString()}::timestamptz, now())`;
  const seq = await takeSeq(tx, conversationId, { lastInboundAt: receivedAt });
  const actedAt = providerTime ?? message.arrivedAt;
  const resolved = await resolveKeyword(tx, message.keyword, { ...consentKey, actedAt });
  const [row] = await tx
    .insert(inbox)
    .values({
      ...copyFields(message),
      receivedAt,
      keyword: resolved.keyword,
      conversationId,
      seq,
      ...initialState(message),
    })
    .onConflictDoNothing()
    // Part of this statement, because most tenants have no endpoint and an acknowledgement waits for each statement.
    .returning({
      state: inbox.state,
      isListening: sql<boolean>`${hasListeners(sql`${tenantId}`)}`,
      dataKey: sql<Buffer | null>`(SELECT data_key FROM contacts WHERE id = ${conversation.contactId})`,
    });
  if (row === undefined) return null;
  // Read after the lock of the conversation: a key that is destroyed from now on waits for this transaction.
  if (!isSameKey(row.dataKey, conversation.dataKey)) throw new KeyChanged();
  await failpoint("after_dedupe_insert");
  await insertLine(tx, vault, message, { ...conversation, seq, createdAt: receivedAt });
  const data = { message_id: providerMessageId, channel, account: accountId, seq };
  if (row.isListening) await emitEvent(tx, { tenantId, type: "message.received", conversationId, data });
  if (message.appendToStream === true) {
    const own = { seq, id: providerMessageId, text: message.text };
    await appendOwnMessage(tx, vault, { ...conversation, tenantId }, own);
  }
  // Written here and not at the start of the turn, so that a reply in progress is not sent any more.
  if (resolved.consent !== null)
    await writeConsent(tx, consentKey, { state: resolved.consent, source: "keyword", at: actedAt });
  return row.state;
}

function copyFields({ cutCharacters = 0, quietMs, ...message }: NewInbound) {
  const wakeAt = sql`now() + make_interval(secs => ${quietMs / 1000})`;
  const { workflowId, providerMessageId, providerTime, providerSequence } = message;
  const { channel, accountId, tenantId } = message;
  const key = { channel, accountId, providerMessageId };
  return { ...key, tenantId, workflowId, providerTime, providerSequence, cutCharacters, wakeAt };
}

async function insertLine(
  tx: Queryable,
  vault: Vault,
  { tenantId, text, media }: NewInbound,
  { seq, createdAt, ...owner }: ConversationRef & { seq: number; createdAt: SQL },
): Promise<void> {
  const { conversationId } = owner;
  const label = messageLabel(conversationId, seq);
  const line = { tenantId, conversationId, seq, direction: "inbound", createdAt } as const;
  await tx.insert(messages).values({
    ...line,
    body: vault.seal(owner, label, text),
    media: media === undefined ? null : vault.seal(owner, `media:${label}`, media),
  });
}

type ResolvedKeyword = { keyword: (typeof inbox.$inferSelect)["keyword"]; consent: ConsentState | null };

/**
 * A keyword that changes nothing is not confirmed again. "yes" has a meaning only after an opt-out. A START from before the opt-out came
 * late: it is no keyword, so the contact, who is still out, reads nothing.
 */
async function resolveKeyword(
  tx: Queryable,
  keyword: NewInbound["keyword"],
  { actedAt, ...key }: ConsentKey & { actedAt: Date | null },
): Promise<ResolvedKeyword> {
  if (keyword === null || keyword === "help" || keyword === "agent") return { keyword, consent: null };
  const optOut = await findOptOut(tx, key, actedAt);
  if (keyword === "stop") return { keyword: optOut === "none" ? "stop" : "stop_again", consent: "opted_out" };
  if (optOut === "later") return { keyword: null, consent: null };
  if (optOut === "earlier") return { keyword: "start", consent: "opted_in" };
  // Contacts open a chat with "Start", so they get the text that explains the assistant.
  return { keyword: keyword === "start" ? "help" : null, consent: null };
}

async function findInbound(db: Queryable, key: InboxKey): Promise<StoredInbound | null> {
  const [row] = await db
    .select({ conversationId: inbox.conversationId, state: inbox.state })
    .from(inbox)
    .where(matchMessage(key));
  return row === undefined ? null : { ...row, isNew: false, hasNewKey: false };
}

export type Keyword = NonNullable<(typeof inbox.$inferSelect)["keyword"]>;

/** The keyword of a turn's messages; the last one counts. */
export async function findLastKeyword(db: Queryable, turnId: string): Promise<Keyword | null> {
  const [row] = await db
    .select({ keyword: inbox.keyword })
    .from(inbox)
    .where(and(eq(inbox.turnId, turnId), isNotNull(inbox.keyword)))
    .orderBy(desc(sql`coalesce(${inbox.providerTime}, ${inbox.receivedAt})`), desc(inbox.seq))
    .limit(1);
  return row?.keyword ?? null;
}

function matchMessage(key: InboxKey) {
  return and(
    eq(inbox.channel, key.channel),
    eq(inbox.accountId, key.accountId),
    eq(inbox.providerMessageId, key.providerMessageId),
  );
}

function nullIfRolledBack(error: unknown): null {
  if (error instanceof TransactionRollbackError) return null;
  throw error;
}
