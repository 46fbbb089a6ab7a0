import { and, eq, type SQL, sql } from "drizzle-orm";
import { appendOutboundLine } from "../conversations/append-line.ts";
import { requireSameKey } from "../contacts/data-keys.ts";
import { findConversationOwner } from "../conversations/open-conversation.ts";
import { takeOverInVendorInbox } from "../conversations/takeover.ts";
import { toReplyText } from "../delivery/reply-text.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";
import { conversations } from "../schema/conversations.ts";
import { VENDOR_INBOX } from "../transitions/conversation-moves.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";
import { insertOutboundTurn, openOutboundTurn, outboundTurnId } from "./outbound-turns.ts";
import { lockConversation } from "./turn-owner.ts";

export interface AgentReply {
  tenantId: string;
  conversationId: string;
  /** Unique for each reply. The same key gives the same turn. */
  key: string;
  agent: string;
  text: string;
}

/**
 * Opens a turn for the text of an agent who has taken the conversation over. The conversation's row is locked, so a takeover
 * at the same time happens before or after. The text is one part here: `deliver` splits it to the limits of the channel.
 */
export async function openAgentReply(
  db: Queryable,
  vault: Vault,
  { tenantId, conversationId, key, agent, text }: AgentReply,
): Promise<{ turnId: string } | { takenOverBy: string | null }> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ takenOverBy: conversations.takenOverBy })
      .from(conversations)
      .where(and(eq(conversations.id, conversationId), eq(conversations.tenantId, tenantId)))
      .for("update");
    // After the lock: the contact's keys are the present ones until the commit.
    const owner = await findConversationOwner(tx, tenantId, conversationId);
    const takenOverBy = row?.takenOverBy ?? null;
    if (takenOverBy !== agent) return { takenOverBy };
    const origin = { kind: "agent", agent, via: "parley" } as const;
    const turn = { key: `agent:${key}`, origin, parts: [toReplyText(text)] };
    const { turnId } = await openOutboundTurn(tx, vault, owner, turn);
    return { turnId };
  });
}

/**
 * An agent answered in the vendor's own inbox or in a shared place. The text is added to the transcript, and the agent has taken the conversation over until
 * `handBackIdleVendorTakeovers`. Returns false for a redelivery.
 */
export async function storeVendorReply(
  db: Queryable,
  vault: Vault,
  owner: KeyOwner & { tenantId: string; conversationId: string },
  reply: { providerMessageId: string; text: string; providerTime: Date | null },
): Promise<boolean> {
  const { conversationId } = owner;
  const id = outboundTurnId(conversationId, `vendor:${reply.providerMessageId}`);
  const origin = { kind: "agent", agent: VENDOR_INBOX, via: "vendor_inbox" } as const;
  const end = {
    state: TURN_MOVES.storeClosed.to,
    outcome: "answered",
    closedAt: sql`clock_timestamp()`,
  } as const;
  return await db.transaction(async (tx) => {
    await lockConversation(tx, conversationId);
    await requireSameKey(tx, owner);
    if (!(await insertOutboundTurn(tx, owner, { id, origin, ...end }))) return false;
    const writtenAt = chooseWrittenAt(reply.providerTime);
    // Without its keys a contact has no transcript any more. The assistant has to be silent all the same.
    if (reply.text !== "" && vault.hasKey(owner))
      await appendOutboundLine(tx, vault, owner, { turnId: id, text: reply.text, writtenAt });
    await takeOverInVendorInbox(tx, owner, reply.providerTime);
    return true;
  });
}

/** The vendor's time where it is plausible: the transcript has no partitions for other months. */
function chooseWrittenAt(providerTime: Date | null): SQL {
  if (providerTime === null) return sql`now()`;
  const time = sql`${providerTime.toISOString()}::timestamptz`;
  return sql`CASE WHEN ${time} BETWEEN now() - interval '1 day' AND now() + interval '1 day' THEN ${time} ELSE now() END`;
}
