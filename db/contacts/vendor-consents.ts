import { and, eq } from "drizzle-orm";
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
import { inbox } from "../schema/conversations.ts";

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
  /** The message that states it, which is stored first where both arrive together. */
  messageId?: string;
  /** The event also comes from contacts who never opted out. */
  needsOptOut: boolean;
  /** When it arrived, where it has waited outside of Postgres since. */
  arrivedAt: Date | null;
}

export type StoredVendorConsent =
  | { outcome: "applied" | "no_effect"; contactId: string }
  | { outcome: "no_opt_out" };

/**
 * Records a consent by the address of its contact. A second call changes nothing, also not where the vendor delivers a consent without a time
 * again: it is as old as the first arrival of its message.
 */
export async function storeVendorConsent(
  db: Queryable,
  vault: Vault,
  { from, messageId, needsOptOut, arrivedAt, ...consent }: NewVendorConsent,
): Promise<StoredVendorConsent> {
  const account = { tenantId: consent.tenantId, channel: consent.channel, accountId: consent.accountId };
  const addressKey = { ...account, addressHash: addressHash(vault, { ...account, address: from }) };
  // Checked before the contact is made: an event that changes nothing must not leave a contact and a key.
  if (needsOptOut && !(await isOptedOut(db, addressKey, consent.endsOnly))) return { outcome: "no_opt_out" };
  const contact = await openConversation(db, vault, { ...account, address: from, thread: "" });
  const firstArrival = async () =>
    findEarlier(messageId === undefined ? null : await findArrival(db, { ...account, messageId }), arrivedAt);
  const timed = { ...consent, providerTime: consent.providerTime ?? (await firstArrival()) };
  const isApplied = await applyVendorConsent(db, { ...account, ...contact }, timed);
  return { outcome: isApplied ? "applied" : "no_effect", contactId: contact.contactId };
}

/** When the message arrived first, or null where it is not stored. */
async function findArrival(
  db: Queryable,
  key: Pick<NewVendorConsent, "tenantId" | "channel" | "accountId"> & { messageId: string },
): Promise<Date | null> {
  const isMessage = and(
    eq(inbox.channel, key.channel),
    eq(inbox.accountId, key.accountId),
    eq(inbox.providerMessageId, key.messageId),
    eq(inbox.tenantId, key.tenantId),
  );
  const [message] = await db.select({ receivedAt: inbox.receivedAt }).from(inbox).where(isMessage);
  return message?.receivedAt ?? null;
}

function findEarlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
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
