import { recordReply } from "../db/delivery/deliveries.ts";
import { findResponse } from "../db/turns/model-responses.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { findReply } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { RecordResult } from "../workflows/types.ts";
import type { TierStep } from "./contract.ts";

export function createRecord({ db, vault }: { db: Database; vault: Vault }) {
  return async function record({ turnId, tier, reason }: TierStep): Promise<RecordResult> {
    const scope = await findTurnScope(db, turnId);
    const parts = await findReply(db, vault, scope);
    const response = await findResponse(db, vault, scope, tier);
    const model = response?.model ?? null;
    const recorded = await recordReply(db, vault, scope, { parts, tier, reason, model });
    await failpoint("after_record_commit");
    return recorded;
  };
}
