import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { replyWorkflowId } from "../workflows/names.ts";
import { messageLabel, takeSeq } from "./inbox.ts";
import { emitEvent } from "./outgoing-events.ts";
import { outboundTurnId } from "./outbound-turns.ts";
import type { Database, Queryable } from "./postgres.ts";
import { conversations, messages } from "./schema/conversations.ts";
import { turns } from "./schema/turns.ts";
import { lockConversation } from "./turns.ts";
import type { KeyOwner, Vault } from "./vault.ts";

/** Who holds a conversation that somebody answered in the vendor's own inbox: we do not learn their name. */
const VENDOR_INBOX = "vendor_inbox";

/**
 * A person of the business answered in the vendor's own inbox: their words come into the transcript, and the conversation is theirs
 * until they have been silent for a while (`releaseIdleVendorClaims`). Returns false for a redelivery.
 */
export async function storeVendorReply(
  db: Database,
  vault: Vault,
  owner: KeyOwner & { tenantId: string; conversationId: string },
  reply: { providerMessageId: string; text: string; providerTime: Date | null },
): Promise<boolean> {
  const { tenantId, conversationId } = owner;
  const turnId = outboundTurnId(conversationId, `vendor:${reply.providerMessageId}`);
  return await db.transaction(async (tx) => {
    await lockConversation(tx, conversationId);
    const opened = await tx
      .insert(turns)
      .values({
        id: turnId,
        tenantId,
        conversationId,
        workflowId: replyWorkflowId(turnId),
        plan: "human",
        planDetail: VENDOR_INBOX,
        state: "closed",
        outcome: "answered",
        closedAt: sql`clock_timestamp()`,
      })
      .onConflictDoNothing()
      .returning({ id: turns.id });
    if (opened.length === 0) return false;
    const seq = await takeSeq(tx, conversationId);
    const body = vault.seal(owner, messageLabel(conversationId, seq), reply.text);
    const createdAt = heardAt(reply.providerTime);
    await tx
      .insert(messages)
      .values({ tenantId, conversationId, seq, direction: "outbound", turnId, body, createdAt });
    await claimForVendor(tx, owner);
    return true;
  });
}

const DAY_MS = 86_400_000;

/** When it was said, as far as the vendor's clock can be believed: the transcript has no months of long ago. */
function heardAt(providerTime: Date | null): Date {
  const now = new Date();
  const isLately = providerTime !== null && Math.abs(now.getTime() - providerTime.getTime()) < DAY_MS;
  return isLately ? providerTime : now;
}

/** Whoever answers has come: a hand-off that waits for somebody has found them. Any other pause stays. */
const HANDOFF_ENDED = Object.freeze({
  pausedAt: sql`CASE WHEN ${conversations.pauseReason} = 'handoff' THEN NULL ELSE ${conversations.pausedAt} END`,
  pauseReason: sql`nullif(${conversations.pauseReason}, 'handoff')`,
});

/** Their claim begins, or goes on; whoever else holds the conversation keeps it. */
async function claimForVendor(
  tx: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<void> {
  const claim = (isTheirs: SQL) =>
    tx
      .update(conversations)
      .set({ claimedBy: VENDOR_INBOX, claimedAt: sql`clock_timestamp()`, ...HANDOFF_ENDED })
      .where(and(eq(conversations.id, conversationId), isTheirs))
      .returning({ id: conversations.id });
  await claim(eq(conversations.claimedBy, VENDOR_INBOX));
  const begun = await claim(isNull(conversations.claimedBy));
  if (begun.length === 0) return;
  const data = { operator: VENDOR_INBOX };
  await emitEvent(tx, { tenantId, conversationId, type: "conversation.claimed", data });
}

/** Nobody tells us when a person has left the vendor's inbox; their silence does. */
export async function releaseIdleVendorClaims(db: Queryable, idleMs: number): Promise<number> {
  return await db.transaction(async (tx) => {
    const released = await tx
      .update(conversations)
      .set({ claimedBy: null })
      .where(
        and(
          eq(conversations.claimedBy, VENDOR_INBOX),
          lt(conversations.claimedAt, sql`now() - make_interval(secs => ${idleMs / 1000})`),
        ),
      )
      .returning({ conversationId: conversations.id, tenantId: conversations.tenantId });
    for (const conversation of released)
      await emitEvent(tx, { ...conversation, type: "conversation.released", data: {} });
    return released.length;
  });
}
