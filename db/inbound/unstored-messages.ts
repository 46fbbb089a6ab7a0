import { and, eq, isNull, sql } from "drizzle-orm";
import { type SealedEvent, storeInlined } from "./inlined-event.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { unstoredMessages } from "../schema/conversations.ts";
import type { Vault } from "../connection/vault.ts";

type UnstoredMessage = SealedEvent &
  Pick<typeof unstoredMessages.$inferSelect, "channel" | "accountId" | "providerMessageId" | "reason">;

/** Keeps an inlined message that cannot be stored, because its workflow ends without it. A second call changes nothing. */
export async function keepUnstored(db: Queryable, { inlined, ...message }: UnstoredMessage): Promise<void> {
  const { tenantId, reason } = message;
  await db.transaction(async (tx) => {
    const [kept] = await tx
      .insert(unstoredMessages)
      .values({ id: newId(), inlined: Buffer.from(inlined, "base64"), ...message })
      .onConflictDoNothing()
      .returning({ id: unstoredMessages.id });
    if (kept === undefined) return;
    const data = { dead_letter_id: kept.id, reason, parts: 0, parts_accepted: 0, messages: 1 };
    await emitEvent(tx, { tenantId, type: "message.dead_lettered", conversationId: null, data });
  });
}

/**
 * Stores the message now; the sweeper starts its workflow. Null where the tenant has no such message. Throws where it still
 * cannot be stored.
 */
export async function replayUnstored(
  db: Queryable,
  vault: Vault,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<"replayed" | "already_replayed" | null> {
  const isIt = and(eq(unstoredMessages.tenantId, tenantId), eq(unstoredMessages.id, id));
  const [kept] = await db.select().from(unstoredMessages).where(isIt);
  if (kept === undefined) return null;
  if (kept.replayedAt !== null) return "already_replayed";
  await storeInlined(db, vault, { tenantId, inlined: kept.inlined.toString("base64") });
  const marked = await db
    .update(unstoredMessages)
    .set({ replayedAt: sql`now()` })
    .where(and(isIt, isNull(unstoredMessages.replayedAt)))
    .returning({ id: unstoredMessages.id });
  return marked.length === 1 ? "replayed" : "already_replayed";
}
