import { recordReply } from "../db/delivery/deliveries.ts";
import { findResponse } from "../db/turns/model-responses.ts";
import { type Database, withConnection } from "../db/connection/postgres.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { findReply } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { RecordResult } from "../workflows/types.ts";
import type { TierStep } from "./contract.ts";

export function createRecord({ db, vault }: { db: Database; vault: Vault }) {
  return async function record({ turnId, tier, reason }: TierStep): Promise<RecordResult> {
    const recorded = await withConnection(db, async (one) => {
      const scope = await findTurnScope(one, turnId);
      const parts = await findReply(one, vault, scope);
      const response = await findResponse(one, vault, scope, tier);
      return await recordReply(one, vault, scope, { parts, tier, reason, model: response?.model ?? null });
    });
    await failpoint("after_record_commit");
    return recorded;
  };
}
