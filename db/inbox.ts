import { and, eq, sql, TransactionRollbackError } from "drizzle-orm";
import { type ConversationRef, openConversation } from "./contacts.ts";
import type { Database, Queryable } from "./postgres.ts";
import { conversations, inbox, messages } from "./schema.ts";
import type { Vault } from "./vault.ts";

/*
 * Progress of an inbound message:
 *
 *   pending -> in_turn -> answered | suppressed(reason) | failed(reason)
 *   pending -> suppressed(reason)          (refused before it came into a turn: rate limit, empty text)
 *
 * The primary key (channel, account, provider message id) is the dedupe key. Rows stay for at least 8 days,
 * because Meta redelivers for 7.
 */

export interface NewInbound {
  tenantId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
  workflowId: string;
  from: string;
  text: string;
  providerTime: Date | null;
  receivedAt: Date;
  /** End of the quiet window. */
  wakeAt: Date;
  /** Set for a message that is kept but needs no answer (an empty text): it is stored as suppressed. */
  suppressed?: string;
}

export interface StoredInbound {
  conversationId: string;
  state: (typeof inbox.$inferSelect)["state"];
  /** False when the message was stored before: a redelivery. */
  isNew: boolean;
}

type InboxKey = Pick<NewInbound, "channel" | "accountId" | "providerMessageId">;

/**
 * Stores a message once: the next number of its conversation, its inbox row and its encrypted text, in one transaction. A
 * redelivery is rolled back, so that it leaves no gap in the numbering, and answered with the state of the first.
 */
export async function storeInbound(db: Database, vault: Vault, message: NewInbound): Promise<StoredInbound> {
  const known = await findInbound(db, message);
  if (known !== null) return known;
  const conversation = await openConversation(db, vault, { ...message, address: message.from });
  const stored = await db
    .transaction(async (tx) => {
      const inserted = await insertInbound(tx, vault, message, conversation);
      if (!inserted) tx.rollback();
      return true;
    })
    .catch(redelivered);
  if (stored) return { conversationId: conversation.conversationId, state: stateOf(message), isNew: true };
  const first = await findInbound(db, message);
  if (first === null) throw new Error("A message that was stored before is not there.");
  return first;
}

function stateOf(message: NewInbound) {
  return message.suppressed === undefined ? ("pending" as const) : ("suppressed" as const);
}

async function insertInbound(
  tx: Queryable,
  vault: Vault,
  message: NewInbound,
  conversation: ConversationRef,
): Promise<boolean> {
  const { conversationId } = conversation;
  const seq = await takeSeq(tx, conversationId);
  const { tenantId, channel, accountId, providerMessageId, workflowId, providerTime, receivedAt, wakeAt } =
    message;
  const rows = await tx
    .insert(inbox)
    .values({
      tenantId,
      channel,
      accountId,
      providerMessageId,
      workflowId,
      providerTime,
      receivedAt,
      wakeAt,
      conversationId,
      seq,
      state: stateOf(message),
      reason: message.suppressed ?? null,
    })
    .onConflictDoNothing()
    .returning({ seq: inbox.seq });
  if (rows.length === 0) return false;
  const body = vault.seal(conversation, messageLabel(conversationId, seq), message.text);
  await tx
    .insert(messages)
    .values({ tenantId, conversationId, seq, direction: "inbound", body, createdAt: receivedAt });
  return true;
}

/** Takes the conversation's next number; the row stays locked until the transaction ends, so numbers have no gap. */
export async function takeSeq(tx: Queryable, conversationId: string): Promise<number> {
  const [row] = await tx
    .update(conversations)
    .set({ nextSeq: sql`${conversations.nextSeq} + 1` })
    .where(eq(conversations.id, conversationId))
    .returning({ next: conversations.nextSeq });
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  return row.next - 1;
}

export function messageLabel(conversationId: string, seq: number): string {
  return `message:${conversationId}:${seq}`;
}

async function findInbound(db: Queryable, key: InboxKey): Promise<StoredInbound | null> {
  const [row] = await db
    .select({ conversationId: inbox.conversationId, state: inbox.state })
    .from(inbox)
    .where(isMessage(key));
  return row === undefined ? null : { ...row, isNew: false };
}

export async function suppressPending(db: Queryable, key: InboxKey, reason: string): Promise<void> {
  await db
    .update(inbox)
    .set({ state: "suppressed", reason })
    .where(and(isMessage(key), eq(inbox.state, "pending")));
}

function isMessage(key: InboxKey) {
  return and(
    eq(inbox.channel, key.channel),
    eq(inbox.accountId, key.accountId),
    eq(inbox.providerMessageId, key.providerMessageId),
  );
}

function redelivered(error: unknown): false {
  if (error instanceof TransactionRollbackError) return false;
  throw error;
}
