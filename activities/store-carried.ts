import type { Database } from "../db/postgres.ts";
import { keepUnstored, storeCarried } from "../db/unstored-messages.ts";
import type { Vault } from "../db/vault.ts";
import type { MessageInput } from "../workflows/types.ts";
import { isLastTry } from "./last-try.ts";
import { poisonReason } from "./poison.ts";

/** Null where the message is stored, else why it never will be. */
export type StoreCarried = (input: MessageInput, carried: string) => Promise<string | null>;

/**
 * A message that came in while Postgres was away travels inside its workflow's start, encrypted; here it comes home. One that cannot be
 * stored is kept as it is: its workflow is the only place where it stands.
 */
export function createStoreCarried({ db, vault }: { db: Database; vault: Vault }): StoreCarried {
  return async function storeOrKeep({ tenantId, channel, accountId, providerMessageId }, carried) {
    try {
      await storeCarried(db, vault, { tenantId, carried });
      return null;
    } catch (error) {
      const reason = poisonReason(error);
      if (reason === null || !isLastTry()) throw error;
      await keepUnstored(db, { tenantId, channel, accountId, providerMessageId, carried, reason });
      return reason;
    }
  };
}
