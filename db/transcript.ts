import { and, desc, eq } from "drizzle-orm";
import { messageLabel } from "./inbox.ts";
import type { Queryable } from "./postgres.ts";
import { contacts, conversations, inbox, messages, turns } from "./schema.ts";
import type { KeyOwner, Vault } from "./vault.ts";

/** What every step after admission needs to know about the turn it works on. */
export interface TurnScope extends KeyOwner {
  turnId: string;
  tenantId: string;
  conversationId: string;
  channel: string;
  accountId: string;
  workflowId: string;
  /** The person's address, encrypted under their key. */
  address: Buffer;
  addressHash: Buffer;
  plan: "answer" | "notice" | "silence";
  planDetail: string | null;
  reservedUsd: number;
}

export interface InboundText {
  providerMessageId: string;
  seq: number;
  text: string;
  receivedAt: Date;
}

export interface TranscriptLine {
  role: "user" | "assistant";
  text: string;
}

export async function findTurnScope(db: Queryable, turnId: string): Promise<TurnScope> {
  const [row] = await db
    .select({
      turnId: turns.id,
      tenantId: turns.tenantId,
      conversationId: turns.conversationId,
      workflowId: turns.workflowId,
      plan: turns.plan,
      planDetail: turns.planDetail,
      reservedUsd: turns.reservedUsd,
      channel: conversations.channel,
      accountId: conversations.accountId,
      contactId: contacts.id,
      dataKey: contacts.dataKey,
      address: contacts.address,
      addressHash: contacts.addressHash,
    })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .where(eq(turns.id, turnId));
  if (row === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  return row;
}

/** The inbound messages of a turn, in the order of the conversation. */
export async function inboundOfTurn(db: Queryable, vault: Vault, scope: TurnScope): Promise<InboundText[]> {
  const rows = await db
    .select({
      providerMessageId: inbox.providerMessageId,
      providerTime: inbox.providerTime,
      seq: inbox.seq,
      body: messages.body,
      receivedAt: inbox.receivedAt,
    })
    .from(inbox)
    .innerJoin(
      messages,
      and(
        eq(messages.conversationId, inbox.conversationId),
        eq(messages.seq, inbox.seq),
        eq(messages.createdAt, inbox.receivedAt),
      ),
    )
    .where(eq(inbox.turnId, scope.turnId));
  const order = (row: (typeof rows)[number]) => (row.providerTime ?? row.receivedAt).getTime();
  return rows
    .toSorted((a, b) => order(a) - order(b) || a.seq - b.seq)
    .map(({ providerMessageId, seq, receivedAt, body }) => ({
      providerMessageId,
      seq,
      receivedAt,
      text: vault.open(scope, messageLabel(scope.conversationId, seq), body),
    }));
}

/** The last `limit` lines said before the given number, oldest first. */
export async function recentLines(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
  before: { seq: number; limit: number },
): Promise<TranscriptLine[]> {
  const rows = await db
    .select({ seq: messages.seq, direction: messages.direction, body: messages.body, turnId: inbox.turnId })
    .from(messages)
    .leftJoin(inbox, and(eq(inbox.conversationId, messages.conversationId), eq(inbox.seq, messages.seq)))
    .where(eq(messages.conversationId, scope.conversationId))
    .orderBy(desc(messages.seq))
    .limit(before.limit + 20);
  return rows
    .filter((row) => row.seq < before.seq && row.turnId !== scope.turnId)
    .slice(0, before.limit)
    .toReversed()
    .map(({ seq, direction, body }) => ({
      role: direction === "inbound" ? "user" : "assistant",
      text: vault.open(scope, messageLabel(scope.conversationId, seq), body),
    }));
}
