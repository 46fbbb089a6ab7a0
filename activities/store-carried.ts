import { type NewInbound, storeInbound } from "../db/inbox.ts";
import type { Database } from "../db/postgres.ts";
import type { Vault } from "../db/vault.ts";
import type { MessageInput } from "../workflows/types.ts";

export type StoreCarried = (input: MessageInput, carried: string) => Promise<void>;

/** A message that came in while Postgres was away travels inside its workflow's start, encrypted; here it comes home. */
export function createStoreCarried({ db, vault }: { db: Database; vault: Vault }): StoreCarried {
  return async function storeCarried(input, carried) {
    const opened = vault.openForTenant(input.tenantId, "carried", Buffer.from(carried, "base64"));
    const message = JSON.parse(opened, reviveDates) as NewInbound;
    await storeInbound(db, vault, message);
  };
}

const DATES: ReadonlySet<string> = new Set(["providerTime", "receivedAt", "wakeAt"]);

function reviveDates(key: string, value: unknown): unknown {
  return DATES.has(key) && typeof value === "string" ? new Date(value) : value;
}
