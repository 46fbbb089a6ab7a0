import { findConversationOwner } from "../db/conversations/open-conversation.ts";
import { resumeConversation } from "../db/conversations/pause.ts";
import { findSilenceReason } from "../db/conversations/silence.ts";
import { openOutboundTurn } from "../db/turns/outbound-turns.ts";
import { toReplyText } from "../db/delivery/reply-text.ts";
import type { Database } from "../db/connection/postgres.ts";
import { nullIfUnreadable, type Vault } from "../db/connection/vault.ts";
import type { HandoffResult, HandoffInput } from "../workflows/types.ts";
import { FIXED_TEXTS } from "./answer/prompts/fixed-texts.ts";

/** If no agent has taken over in time, ends the pause and opens the turn that informs the contact, in one transaction. */
export function createEndHandoff({ db, vault }: { db: Database; vault: Vault }) {
  return async function endHandoff({
    tenantId,
    conversationId,
    since,
  }: HandoffInput): Promise<HandoffResult> {
    return await db.transaction(async (tx) => {
      const turn = {
        key: `handoff:${since}`,
        origin: { kind: "notice", notice: "handoff_timeout" },
        parts: [toReplyText(FIXED_TEXTS.handoff_timeout)],
      } as const;
      const only = { reason: "handoff", since: new Date(since) } as const;
      if (await resumeConversation(tx, conversationId, only)) {
        const owner = await findConversationOwner(tx, tenantId, conversationId);
        // A savepoint: a contact whose key is destroyed cannot be informed, and the pause ends all the same.
        const turnId = await tx
          .transaction(async (inner) => (await openOutboundTurn(inner, vault, owner, turn)).turnId)
          .catch(nullIfUnreadable);
        return { outcome: "timed_out", turnId };
      }
      const isTakenOver = (await findSilenceReason(tx, conversationId)) === "taken_over";
      return { outcome: isTakenOver ? "taken_over" : "withdrawn", turnId: null };
    });
  };
}
