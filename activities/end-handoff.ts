import { findConversationOwner } from "../db/contacts.ts";
import { holdOf, resumeConversation } from "../db/holds.ts";
import { openOutboundTurn } from "../db/outbound-turns.ts";
import type { Database } from "../db/postgres.ts";
import { nullWhereUnreadable, type Vault } from "../db/vault.ts";
import type { HandoffEnd, HandoffInput } from "../workflows/types.ts";
import { CANNED_TEXTS } from "./prompts/canned-texts.ts";

/** Nobody came in time: the pause ends and the person is told, in one transaction. */
export function createEndHandoff({ db, vault }: { db: Database; vault: Vault }) {
  return async function endHandoff({ tenantId, conversationId, since }: HandoffInput): Promise<HandoffEnd> {
    return await db.transaction(async (tx) => {
      const turn = {
        key: `handoff:${since}`,
        plan: "notice",
        planDetail: "handoff_timeout",
        parts: [CANNED_TEXTS.handoff_timeout],
      } as const;
      const only = { reason: "handoff", since: new Date(since) } as const;
      if (await resumeConversation(tx, conversationId, only)) {
        const owner = await findConversationOwner(tx, tenantId, conversationId);
        // A savepoint: somebody whose key is destroyed cannot be told, and the assistant is back all the same.
        const turnId = await tx
          .transaction(async (inner) => (await openOutboundTurn(inner, vault, owner, turn)).turnId)
          .catch(nullWhereUnreadable);
        return { outcome: "timed_out", turnId };
      }
      const isClaimed = (await holdOf(tx, conversationId)) === "human_claimed";
      return { outcome: isClaimed ? "claimed" : "withdrawn", turnId: null };
    });
  };
}
