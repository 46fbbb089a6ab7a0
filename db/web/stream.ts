import { and, asc, desc, eq, gt, lt, lte, notExists, sql } from "drizzle-orm";
import type { ConversationRef } from "../conversations/open-conversation.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { contacts } from "../schema/contacts.ts";
import { conversations } from "../schema/conversations.ts";
import { receipts } from "../schema/deliveries.ts";
import { streamEvents } from "../schema/web.ts";
import type { TextMark } from "../delivery/reply-text.ts";
import { openOrNull, type Vault } from "../connection/vault.ts";

/*
 * The events of a web chat, in the order of the conversation's numbers. A number is taken under the lock of the
 * conversation's row, which lasts until the commit. So a reader that has seen a number has seen all numbers below it.
 */

/** The name of the channel that this stream serves. */
export const WEB = "web";

export type StreamBody =
  /** The contact's own message: another tab and a reloaded page show it too. */
  | { kind: "message"; text: string }
  | {
      kind: "reply";
      text: string;
      /** How ranges of the text are shown. Absent where a reply has none. */
      marks?: readonly TextMark[];
      author: "assistant" | "agent";
      part: number;
      parts: number;
      sources: readonly string[];
    }
  | { kind: "status"; status: StreamStatus }
  /** A message or a reply whose key was destroyed or is missing. */
  | { kind: "message" | "reply"; text: null; erased: true };

export type StreamStatus = "agent_joined" | "agent_left";

export type StreamEvent = StreamBody & {
  seq: number;
  /** The client's id of its message, or the delivery id of a reply. */
  id: string;
  at: Date;
};

type Owner = ConversationRef & { tenantId: string };

/** The contact's own message, with its number in the transcript. `store_inbound` in the migrations inserts it. */
export function sealOwnMessage(
  vault: Vault,
  owner: Owner,
  { seq, text }: { seq: number; text: string },
): Buffer {
  return seal(vault, owner, seq, { text });
}

/** A part of a reply. The delivery id is the key, so a repeated send changes nothing. */
export async function appendReply(
  db: Database,
  vault: Vault,
  owner: Owner,
  { deliveryId, ...reply }: Omit<Extract<StreamBody, { author: string }>, "kind"> & { deliveryId: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    const taken = await takeWebSeq(tx, owner.conversationId);
    if (taken === null) throw new Error(`Conversation ${owner.conversationId} is not a web chat.`);
    const body = seal(vault, owner, taken.seq, reply);
    await insertEvent(tx, owner, { seq: taken.seq, id: deliveryId, kind: "reply", body });
  });
}

/** A status of the conversation for the contact. Nothing happens in a conversation of another channel. */
export async function appendStatus(
  tx: Queryable,
  conversationId: string,
  status: StreamStatus,
): Promise<void> {
  const taken = await takeWebSeq(tx, conversationId);
  if (taken === null) return;
  const { seq, tenantId } = taken;
  // The text is ours and has no personal data. It is not encrypted, so the takeover needs no key of the contact.
  const event = { seq, id: `status:${seq}`, kind: "status", body: Buffer.from(status) } as const;
  await insertEvent(tx, { tenantId, conversationId }, event);
}

/** The conversation's next number, or null for another channel. */
async function takeWebSeq(
  tx: Queryable,
  conversationId: string,
): Promise<{ seq: number; tenantId: string } | null> {
  const [row] = await tx
    .update(conversations)
    .set({ nextSeq: sql`${conversations.nextSeq} + 1` })
    .where(and(eq(conversations.id, conversationId), eq(conversations.channel, WEB)))
    .returning({ tenantId: conversations.tenantId, next: conversations.nextSeq });
  return row === undefined ? null : { seq: row.next - 1, tenantId: row.tenantId };
}

async function insertEvent(
  tx: Queryable,
  { tenantId, conversationId }: Pick<Owner, "tenantId" | "conversationId">,
  { seq, id, kind, body }: { seq: number; id: string; kind: StreamBody["kind"]; body: Buffer },
): Promise<void> {
  await tx
    .insert(streamEvents)
    .values({ tenantId, conversationId, seq, key: id, kind, body })
    .onConflictDoNothing();
}

/** The events after a number, oldest first. The keys are read with them, because a stream is open for minutes. */
export async function readStream(
  db: Queryable,
  vault: Vault,
  { conversationId }: { conversationId: string },
  { after, limit }: { after: number; limit: number },
): Promise<StreamEvent[]> {
  const rows = await db
    .select({ event: streamEvents, contactId: contacts.id, dataKey: contacts.dataKey })
    .from(streamEvents)
    .innerJoin(conversations, eq(conversations.id, streamEvents.conversationId))
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .where(and(eq(streamEvents.conversationId, conversationId), gt(streamEvents.seq, after)))
    .orderBy(asc(streamEvents.seq))
    .limit(limit);
  return rows.map(({ event: { seq, key, createdAt: at, kind, body }, ...owner }) => {
    const common = { seq, id: key, at };
    if (kind === "status") return { ...common, kind, status: body.toString() as StreamStatus };
    const json = openOrNull(vault, { owner, label: label({ conversationId }, seq), sealed: body });
    if (json === null) return { ...common, kind, text: null, erased: true };
    return { ...common, kind, ...(JSON.parse(json) as object) } as StreamEvent;
  });
}

/** The number before the last `count` events, where a new client starts. */
export async function seqBeforeLast(db: Queryable, conversationId: string, count: number): Promise<number> {
  const [row] = await db
    .select({ seq: streamEvents.seq })
    .from(streamEvents)
    .where(eq(streamEvents.conversationId, conversationId))
    .orderBy(desc(streamEvents.seq))
    .offset(count)
    .limit(1);
  return row?.seq ?? 0;
}

/** Delivery ids of the replies up to a number that have no receipt of this state, newest first. */
export async function repliesWithoutReceipt(
  db: Queryable,
  account: { tenantId: string; accountId: string },
  asked: { conversationId: string; throughSeq: number; state: "delivered" | "read"; limit: number },
): Promise<string[]> {
  const existing = db
    .select({ one: sql`1` })
    .from(receipts)
    .where(
      and(
        eq(receipts.channel, WEB),
        eq(receipts.accountId, account.accountId),
        eq(receipts.providerId, streamEvents.key),
        eq(receipts.state, asked.state),
      ),
    );
  const rows = await db
    .select({ id: streamEvents.key })
    .from(streamEvents)
    .where(
      and(
        eq(streamEvents.tenantId, account.tenantId),
        eq(streamEvents.conversationId, asked.conversationId),
        eq(streamEvents.kind, "reply"),
        lte(streamEvents.seq, asked.throughSeq),
        notExists(existing),
      ),
    )
    .orderBy(desc(streamEvents.seq))
    .limit(asked.limit);
  return rows.map(({ id }) => id);
}

/**
 * Deletes a batch of events that are older than `olderThanDays`. Returns the number of rows, so that the caller knows whether
 * more are left.
 */
export async function purgeStream(
  db: Queryable,
  { olderThanDays, limit }: { olderThanDays: number; limit: number },
): Promise<number> {
  const old = db
    .select({ row: sql`${streamEvents}.ctid` })
    .from(streamEvents)
    .where(lt(streamEvents.createdAt, sql`now() - make_interval(days => ${olderThanDays})`))
    .orderBy(streamEvents.createdAt)
    .limit(limit)
    .for("update", { skipLocked: true });
  const { rowCount } = await db.delete(streamEvents).where(sql`${streamEvents}.ctid IN (${old})`);
  return rowCount ?? 0;
}

function seal(vault: Vault, owner: Owner, seq: number, fields: object): Buffer {
  return vault.seal(owner, label(owner, seq), JSON.stringify(fields));
}

const label = ({ conversationId }: Pick<Owner, "conversationId">, seq: number) =>
  `stream:${conversationId}:${seq}`;
