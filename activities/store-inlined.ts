import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { OutageWatch } from "../db/connection/watch-outages.ts";
import { keepUnstored, storeInlined as storeMessage } from "../db/inbound/unstored-messages.ts";
import { findQuietRestMs } from "../db/turns/acquire-turn.ts";
import type { InlinedInput, StoreInlinedResult } from "../workflows/types.ts";
import type { StepHealth } from "./retry/step-health.ts";

export interface StoreInlinedDependencies {
  db: Database;
  vault: Vault;
  stepHealth: StepHealth;
  outages: Pick<OutageWatch, "awaitAvailable" | "extendHold">;
}

/** Thousands of messages may wait for the end of an outage. A wait is cheaper than a connection that is refused four times a second. */
const AWAIT_POSTGRES_MS = 3_000;

/**
 * Stores a message that its workflow carries, encrypted, because Postgres was unavailable at the ingress. A message that can never be
 * stored is kept as it is, for an operator: it exists nowhere else.
 */
export function createStoreInlined({ db, vault, stepHealth, outages }: StoreInlinedDependencies) {
  return async function storeInlined(input: InlinedInput): Promise<StoreInlinedResult> {
    const { tenantId, channel, accountId, providerMessageId, inlined } = input;
    await outages.awaitAvailable(AWAIT_POSTGRES_MS);
    try {
      await storeMessage(db, vault, { tenantId, inlined });
    } catch (error) {
      const reason = stepHealth.findPoison(error);
      if (reason === null) throw error;
      await keepUnstored(db, { tenantId, channel, accountId, providerMessageId, inlined, reason });
      return { kind: "failed", reason };
    }
    stepHealth.countPass();
    outages.extendHold();
    return { kind: "stored", quietMs: await findQuietRestMs(db, input) };
  };
}
