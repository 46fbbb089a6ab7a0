import { sql } from "drizzle-orm";
import { replyWorkflowId } from "../../workflows/names.ts";
import { messageLabel, takeSeq } from "../inbound/inbox.ts";
import { takeOverInVendorInbox } from "../conversations/takeover.ts";
import { outboundTurnId } from "./outbound-turns.ts";
import type { Database } from "../connection/postgres.ts";
import { messages } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";
import { VENDOR_INBOX } from "../transitions/conversation-moves.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";
import { lockConversation } from "./turns.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

/**
 * An agent answered in the vendor's own inbox. The text is added to the transcript, and the agent has taken the conversation over until
 * `handBackIdleVendorTakeovers`. Returns false for a redelivery.
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
        state: TURN_MOVES.storeClosed.to,
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
    await takeOverInVendorInbox(tx, owner);
    return true;
  });
}

const DAY_MS = 86_400_000;

/** The vendor's time where it is plausible: the transcript has no partitions for other months. */
function chooseWrittenAt(providerTime: Date | null): Date {
  const now = new Date();
  const isPlausible = providerTime !== null && Math.abs(now.getTime() - providerTime.getTime()) < DAY_MS;
  return isPlausible ? providerTime : now;
}
