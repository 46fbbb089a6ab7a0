import { eq, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";
import { conversations, messages } from "../schema/conversations.ts";

/** The conversation's next number. The row stays locked until the transaction ends, so no other transaction takes it. */
export async function lockNextSeq(tx: Queryable, conversationId: string): Promise<number> {
  const [row] = await tx
    .select({ nextSeq: conversations.nextSeq })
    .from(conversations)
    .where(eq(conversations.id, conversationId))
    .for("update");
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  return row.nextSeq;
}

/** Takes the conversation's next number. A question whether we shall stop is no longer the last line. The row stays locked until the transaction ends, so the numbers have no gap. */
async function takeSeq(tx: Queryable, conversationId: string): Promise<number> {
  const [row] = await tx
    .update(conversations)
    .set({ nextSeq: sql`${conversations.nextSeq} + 1`, stopAskedAt: null })
    .where(eq(conversations.id, conversationId))
    .returning({ next: conversations.nextSeq });
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  return row.next - 1;
}

export function messageLabel(conversationId: string, seq: number): string {
  return `message:${conversationId}:${seq}`;
}

/** Appends our line to the transcript, with the conversation's next number. `writtenAt` where it was not written now. */
export async function appendOutboundLine(
  tx: Queryable,
  vault: Vault,
  owner: KeyOwner & { tenantId: string; conversationId: string },
  { turnId, text, writtenAt = sql`now()` }: { turnId: string; text: string; writtenAt?: SQL },
): Promise<void> {
  const { tenantId, conversationId } = owner;
  const seq = await takeSeq(tx, conversationId);
  const body = vault.seal(owner, messageLabel(conversationId, seq), text);
  await tx
    .insert(messages)
    .values({ tenantId, conversationId, seq, direction: "outbound", turnId, body, createdAt: writtenAt });
}
