import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { replyWorkflowId } from "../../workflows/names.ts";
import { messageLabel, takeSeq } from "../inbound/inbox.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { outboundTurnId } from "./outbound-turns.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { conversations, messages } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { lockConversation } from "./turns.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

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
        plan: "agent",
        origin: { kind: "agent", agent: VENDOR_INBOX, via: "vendor_inbox" },
        state: "closed",
        outcome: "answered",
        closedAt: sql`clock_timestamp()`,
      })
      .onConflictDoNothing()
      .returning({ id: turns.id });
    if (opened.length === 0) return false;
    const seq = await takeSeq(tx, conversationId);
    const body = vault.seal(owner, messageLabel(conversationId, seq), reply.text);
    const createdAt = chooseWrittenAt(reply.providerTime);
    await tx
      .insert(messages)
      .values({ tenantId, conversationId, seq, direction: "outbound", turnId, body, createdAt });
    await takeOverForVendor(tx, owner);
    return true;
  });
}

const DAY_MS = 86_400_000;

/** When it was said, as far as the vendor's clock can be believed: the transcript has no months of long ago. */
function chooseWrittenAt(providerTime: Date | null): Date {
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
async function takeOverForVendor(
  tx: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<void> {
  const takeOver = (isTheirs: SQL) =>
    tx
      .update(conversations)
      .set({ takenOverBy: VENDOR_INBOX, takenOverAt: sql`clock_timestamp()`, ...HANDOFF_ENDED })
      .where(and(eq(conversations.id, conversationId), isTheirs))
      .returning({ id: conversations.id });
  await takeOver(eq(conversations.takenOverBy, VENDOR_INBOX));
  const started = await takeOver(isNull(conversations.takenOverBy));
  if (started.length === 0) return;
  const data = { agent: VENDOR_INBOX };
  await emitEvent(tx, { tenantId, conversationId, type: "conversation.taken_over", data });
}

/** Nobody tells us when a person has left the vendor's inbox; their silence does. */
export async function handBackIdleVendorTakeovers(db: Queryable, idleMs: number): Promise<number> {
  return await db.transaction(async (tx) => {
    const handedBack = await tx
      .update(conversations)
      .set({ takenOverBy: null })
      .where(
        and(
          eq(conversations.takenOverBy, VENDOR_INBOX),
          lt(conversations.takenOverAt, sql`now() - make_interval(secs => ${idleMs / 1000})`),
        ),
      )
      .returning({ conversationId: conversations.id, tenantId: conversations.tenantId });
    for (const conversation of handedBack)
      await emitEvent(tx, { ...conversation, type: "conversation.handed_back", data: {} });
    return handedBack.length;
  });
}
