import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { openConversation } from "../conversations/open-conversation.ts";
import {
  type Consent,
  type ConsentKey,
  isOptedOut,
  isOut,
  lockSharedConversations,
  readConsents,
  type StoredConsent,
  writeConsent,
} from "./consents.ts";
import { addressHash } from "./find-contact.ts";

export interface VendorConsent extends Pick<Consent, "state" | "source"> {
  /** The source of the only opt-outs that an opt-in may end. Absent: it ends any opt-out. */
  endsOnly?: string;
  /** When the contact acted by the vendor's clock. Absent where the vendor gives no time. */
  providerTime?: Date | null;
}

export interface NewVendorConsent extends VendorConsent {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The address of the contact, in clear. */
  from: string;
  /** The event also comes from contacts who never opted out. */
  needsOptOut: boolean;
  /** When it arrived, where it has waited outside of Postgres since. */
  arrivedAt: Date | null;
}

export type StoredVendorConsent =
  | { outcome: "applied" | "no_effect"; contactId: string }
  | { outcome: "no_opt_out" };

/** Records a consent by the address of its contact. A second call changes nothing. */
export async function storeVendorConsent(
  db: Queryable,
  vault: Vault,
  { from, needsOptOut, arrivedAt, ...consent }: NewVendorConsent,
): Promise<StoredVendorConsent> {
  const account = { tenantId: consent.tenantId, channel: consent.channel, accountId: consent.accountId };
  const addressKey = { ...account, addressHash: addressHash(vault, { ...account, address: from }) };
  // Checked before the contact is made: an event that changes nothing must not leave a contact and a key.
  if (needsOptOut && !(await isOptedOut(db, addressKey, consent.endsOnly))) return { outcome: "no_opt_out" };
  const contact = await openConversation(db, vault, { ...account, address: from, thread: "" });
  const timed = { ...consent, providerTime: consent.providerTime ?? arrivedAt };
  const isApplied = await applyVendorConsent(db, { ...account, ...contact }, timed);
  return { outcome: isApplied ? "applied" : "no_effect", contactId: contact.contactId };
}

/**
 * Records that the contact blocked or unblocked us. Returns false where the event changes nothing: the stored consent is newer,
 * because the vendor delivered this event late or again, or it is an opt-out that the event may not end.
 */
export async function applyVendorConsent(
  db: Queryable,
  key: ConsentKey & { contactId: string },
  { state, source, endsOnly, providerTime = null }: VendorConsent,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    await lockSharedConversations(tx, key);
    const stored = await readConsents(tx, key);
    if (providerTime !== null && stored.some(({ changedAt }) => providerTime < changedAt)) return false;
    if (state === "opted_in" && !mayEnd(stored, endsOnly)) return false;
    await writeConsent(tx, key, { state, source, endsOnly, at: providerTime });
    return true;
  });
}

function mayEnd(stored: readonly StoredConsent[], endsOnly: string | undefined): boolean {
  const isEnd = isOut(stored) && endsOnly !== undefined;
  return !isEnd || stored.some((consent) => consent.state === "opted_out" && consent.source === endsOnly);
}
