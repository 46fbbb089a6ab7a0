import type { Database } from "../../db/connection/postgres.ts";
import { keepUnstored, storeInlined } from "../../db/inbound/unstored-messages.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { MessageInput } from "../../workflows/types.ts";
import { isLastAttempt } from "../retry/last-attempt.ts";
import { classifyPoison } from "../retry/classify-poison.ts";

/** Null where the message is stored, else why it never will be. */
export type StoreInlined = (input: MessageInput, inlined: string) => Promise<string | null>;

/**
 * A message that came in while Postgres was away travels inside its workflow's start, encrypted; here it comes home. One that cannot be
 * stored is kept as it is: its workflow is the only place where it stands.
 */
export function createStoreInlined({ db, vault }: { db: Database; vault: Vault }): StoreInlined {
  return async function storeInlinedOrKeep({ tenantId, channel, accountId, providerMessageId }, inlined) {
    try {
      await storeInlined(db, vault, { tenantId, inlined });
      return null;
    } catch (error) {
      const reason = classifyPoison(error);
      if (reason === null || !isLastAttempt()) throw error;
      await keepUnstored(db, { tenantId, channel, accountId, providerMessageId, inlined, reason });
      return reason;
    }
  };
}
