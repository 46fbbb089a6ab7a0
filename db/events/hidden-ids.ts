import type { Vault } from "../connection/vault.ts";

/** Ids of vendors in the data of events. Those of WhatsApp, Telegram, Messenger and Instagram hold the contact's number or id. */
const VENDOR_IDS: ReadonlySet<string> = new Set(["message_id", "provider_message_id"]);
const HASH_CHARACTERS = 22;

/**
 * The data of an event for a reader without the right to texts: ids of vendors are keyed hashes, which are equal for equal ids of a tenant
 * and do not reveal the contact.
 */
export function hideVendorIds(
  vault: Pick<Vault, "hash">,
  tenantId: string,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const hide = (id: string) =>
    `hash_${vault.hash(`vendor id\n${tenantId}\n${id}`).toString("base64url").slice(0, HASH_CHARACTERS)}`;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      VENDOR_IDS.has(name) && typeof value === "string" ? hide(value) : value,
    ]),
  );
}
