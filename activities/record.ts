import { recordReply } from "../db/deliveries.ts";
import { findResponse } from "../db/model-responses.ts";
import type { Database } from "../db/postgres.ts";
import { findTurnScope } from "../db/transcript.ts";
import { findReply } from "../db/turn-texts.ts";
import type { Vault } from "../db/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { Recorded } from "../workflows/types.ts";
import type { RungStep } from "./contract.ts";

export function createRecord({ db, vault }: { db: Database; vault: Vault }) {
  return async function record({ turnId, rung, reason }: RungStep): Promise<Recorded> {
    const scope = await findTurnScope(db, turnId);
    const parts = await findReply(db, vault, scope);
    const response = await findResponse(db, vault, scope, rung);
    const model = response?.model ?? null;
    const recorded = await recordReply(db, vault, scope, { parts, rung, reason, model });
    await failpoint("K11");
    return recorded;
  };
}
