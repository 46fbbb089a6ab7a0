import { deserialize, serialize } from "node:v8";
import type { Vault } from "../../db/connection/vault.ts";
import type { SpooledEntry } from "../../db/inbound/spool.ts";
import type { InboundEvent } from "../channels/channel.ts";
import type { ReceiptContext } from "./receipt-context.ts";

/** An inbound event on disk. Its account is looked up again when the spool is drained. */
export interface SpooledEvent {
  channel: string;
  accountId: string;
  event: InboundEvent;
  context: ReceiptContext;
}

/** Encrypts with the master key, because the contact's own key is in Postgres. */
export function sealEvent(vault: Vault, tenantId: string, spooled: SpooledEvent): SpooledEntry {
  const text = serialize(spooled).toString("base64");
  return { tenantId, sealed: vault.sealForTenant(tenantId, "spooled", text) };
}

/** Throws if the entry was sealed with a key that this installation does not have. */
export function openEvent(vault: Vault, { tenantId, sealed }: SpooledEntry): SpooledEvent {
  const text = vault.openForTenant(tenantId, "spooled", sealed);
  return deserialize(Buffer.from(text, "base64")) as SpooledEvent;
}
