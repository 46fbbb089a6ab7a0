import { and, asc, desc, eq, inArray, type Placeholder, type SQL, sql } from "drizzle-orm";
import { requireSameKey, withPresentKey } from "../contacts/data-keys.ts";
import { findContact } from "../contacts/find-contact.ts";
import { openConversation } from "../conversations/open-conversation.ts";
import type { Queryable } from "../connection/postgres.ts";
import { inbox, messageChanges } from "../schema/conversations.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { lockConversation } from "../turns/turn-owner.ts";
import { openOrNull, type KeyOwner, type Vault } from "../connection/vault.ts";

export interface NewChange {
  tenantId: string;
  channel: string;
  accountId: string;
  /** Dedupe key of the change. */
  changeId: string;
  from: string;
  aliases?: readonly string[];
  thread: string;
  targetMessageId: string;
  kind: "edit" | "delete";
  /** Empty for a deletion. */
  text: string;
  cutCharacters?: number;
  providerTime: Date | null;
  /** When it arrived, where it has waited outside of Postgres since. */
  arrivedAt?: Date | null;
}

/** The reason of a message that the contact deleted before it was answered. */
export const TAKEN_BACK = "taken_back";

/** The vendor also reports changes of messages that were never meant for us, so such a change alone makes no contact. */
export type SharedChange = NewChange & { needsStoredMessage: true };

/** Stores an edit or a deletion. Returns false for a redelivery, and null for an edit of a message that is not ours. */
export async function storeChange(
  db: Queryable,
  vault: Vault,
  change: NewChange | SharedChange,
): Promise<boolean | null> {
  if (!("needsStoredMessage" in change)) return await storeMessageChange(db, vault, change);
  const { needsStoredMessage: _needs, ...shared } = change;
  if (await hasTarget(db, shared)) return await storeMessageChange(db, vault, shared);
  return shared.kind === "delete" ? await storeEarlyDeletion(db, vault, shared) : null;
}

/**
 * Stores an edit or a deletion; the transcript does not change. A message that is deleted before its turn begins is not
 * answered, also where it arrives after its deletion. Later changes have no effect on its turn. Returns false for a redelivery.
 */
export async function storeMessageChange(db: Queryable, vault: Vault, change: NewChange): Promise<boolean> {
  return await withPresentKey(async () => await storeOnce(db, vault, change));
}

async function storeOnce(db: Queryable, vault: Vault, change: NewChange): Promise<boolean> {
  const conversation = await openConversation(db, vault, { ...change, address: change.from });
  return await db.transaction(async (tx) => {
    // The conversation's row is always the first lock, so a turn that begins now sees either the message or the change.
    await lockConversation(tx, conversation.conversationId);
    await requireSameKey(tx, conversation);
    const body = vault.seal(conversation, changeLabel(change), change.text);
    const stored = await tx
      .insert(messageChanges)
      .values({ ...toRow(change), conversationId: conversation.conversationId, body })
      .onConflictDoNothing()
      .returning({ changeId: messageChanges.changeId });
    if (stored.length === 0) return false;
    if (change.kind === "delete") await takeBack(tx, change);
    return true;
  });
}

/** Whether a message of the turn is longer than its channel's limit, in its present text. A column for a query. */
export function selectHasCutText(turnId: Placeholder): SQL<boolean> {
  return sql<boolean>`EXISTS (
    SELECT FROM ${inbox} AS i WHERE i.turn_id = ${turnId} AND coalesce(
      (SELECT c.cut_characters FROM ${messageChanges} AS c
        WHERE c.conversation_id = i.conversation_id AND c.target_message_id = i.provider_message_id
        ORDER BY c.provider_time DESC NULLS FIRST, c.received_at DESC LIMIT 1),
      i.cut_characters) > 0)`;
}

/**
 * Keeps the deletion of a message that is not stored (yet), without a contact and a conversation. A message that is stored from now on
 * finds it. A transaction that stores the message now has not seen it: it is waited for. It holds the lock of its conversation, or, where
 * it opens the conversation, the lock of the first message.
 */
async function storeEarlyDeletion(db: Queryable, vault: Vault, change: NewChange): Promise<boolean> {
  const stored = await db
    .insert(messageChanges)
    .values({ ...toRow(change), conversationId: null, body: NO_TEXT })
    .onConflictDoNothing()
    .returning({ changeId: messageChanges.changeId });
  await awaitFirstMessage(db, change);
  const contact = await findContact(db, vault, { ...change, address: change.from });
  const conversationId = contact?.conversationId ?? null;
  if (conversationId !== null)
    await db.transaction(async (tx) => {
      await lockConversation(tx, conversationId);
      await takeBack(tx, change);
    });
  return stored.length > 0;
}

/** In a transaction of its own: the lock ends with the statement. */
async function awaitFirstMessage(
  db: Queryable,
  { channel, accountId, targetMessageId }: ChangeTarget,
): Promise<void> {
  await db.execute(
    sql`SELECT pg_advisory_xact_lock(first_message_lock(${channel}, ${accountId}, ${targetMessageId}))`,
  );
}

function toRow({
  from: _from,
  aliases: _aliases,
  thread: _thread,
  text: _text,
  arrivedAt,
  ...row
}: NewChange) {
  const now = sql`clock_timestamp()`;
  const receivedAt = arrivedAt == null ? now : sql`least(${arrivedAt.toISOString()}::timestamptz, ${now})`;
  return { ...row, receivedAt };
}

const NO_TEXT = Buffer.alloc(0);

async function takeBack(db: Queryable, target: ChangeTarget): Promise<void> {
  await db
    .update(inbox)
    .set({ state: INBOX_MOVES.takeBack.to, reason: TAKEN_BACK })
    .where(and(isTarget(target), mayMove(inbox.state, INBOX_MOVES.takeBack)));
}

type ChangeTarget = Pick<NewChange, "channel" | "accountId" | "targetMessageId">;

/** Whether the message that a change is about was stored. */
async function hasTarget(db: Queryable, target: ChangeTarget): Promise<boolean> {
  const found = await db.select({ id: inbox.providerMessageId }).from(inbox).where(isTarget(target));
  return found.length > 0;
}

function isTarget({ channel, accountId, targetMessageId }: ChangeTarget) {
  return and(
    eq(inbox.channel, channel),
    eq(inbox.accountId, accountId),
    eq(inbox.providerMessageId, targetMessageId),
  );
}

/** Without the fields that only its message needs. */
export type StoredChange = Pick<
  typeof messageChanges.$inferSelect,
  "kind" | "channel" | "accountId" | "changeId" | "body"
>;

/** A text that was changed: null where the contact deleted the message, `erased` where its key is missing. */
export type ChangedText = { text: string | null; erased: boolean };

/** The present texts of the given messages that were changed. */
export async function findChangedTexts(
  db: Queryable,
  vault: Vault,
  conversation: KeyOwner & { conversationId: string },
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, ChangedText>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(messageChanges)
    .where(
      and(
        eq(messageChanges.conversationId, conversation.conversationId),
        inArray(messageChanges.targetMessageId, [...messageIds]),
      ),
    )
    .orderBy(asc(messageChanges.providerTime), asc(messageChanges.receivedAt));
  return new Map(rows.map((row) => [row.targetMessageId, openChange(vault, conversation, row)]));
}

/** The last change of a message, as `openChange` reads it. For a lateral join with the inbox. */
export function selectLastChange(db: Queryable) {
  const { kind, channel, accountId, changeId, body, providerTime, receivedAt } = messageChanges;
  return db
    .select({ kind, channel, accountId, changeId, body })
    .from(messageChanges)
    .where(
      and(
        eq(messageChanges.conversationId, inbox.conversationId),
        eq(channel, inbox.channel),
        eq(accountId, inbox.accountId),
        eq(messageChanges.targetMessageId, inbox.providerMessageId),
      ),
    )
    .orderBy(desc(providerTime), desc(receivedAt))
    .limit(1)
    .as("change");
}

/** The text of a message after this change. */
export function openChange(vault: Vault, owner: KeyOwner, row: StoredChange): ChangedText {
  if (row.kind === "delete") return { text: null, erased: false };
  const text = openOrNull(vault, { owner, label: changeLabel(row), sealed: row.body });
  return { text, erased: text === null };
}

function changeLabel({
  channel,
  accountId,
  changeId,
}: Pick<NewChange, "channel" | "accountId" | "changeId">): string {
  return `change:${channel}/${accountId}:${changeId}`;
}
