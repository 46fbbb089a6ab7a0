import type { Database } from "../../db/connection/postgres.ts";
import { keepUnstored, storeInlined } from "../../db/inbound/unstored-messages.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { MessageInput } from "../../workflows/types.ts";
import type { StepHealth } from "../retry/step-health.ts";

/**
 * Stores a message that its workflow carries, encrypted, because Postgres was unavailable at the ingress. A message that can never be
 * stored is kept as it is, for an operator: it exists nowhere else.
 */
export function createStoreOrKeepInlined({
  db,
  vault,
  stepHealth,
}: {
  db: Database;
  vault: Vault;
  stepHealth: StepHealth;
}) {
  /** Null for a stored message, else the reason code of the permanent error. */
  return async function storeOrKeepInlined(
    { tenantId, channel, accountId, providerMessageId }: MessageInput,
    inlined: string,
  ): Promise<string | null> {
    try {
      await storeInlined(db, vault, { tenantId, inlined });
      return null;
    } catch (error) {
      const reason = stepHealth.findPoison(error);
      if (reason === null) throw error;
      await keepUnstored(db, { tenantId, channel, accountId, providerMessageId, inlined, reason });
      return reason;
    }
  };
}
