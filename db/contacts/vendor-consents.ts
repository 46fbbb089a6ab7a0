import type { Queryable } from "../connection/postgres.ts";
import {
  type Consent,
  type ConsentKey,
  isOut,
  lockSharedConversations,
  readConsents,
  type StoredConsent,
  writeConsent,
} from "./consents.ts";

export interface VendorConsent extends Pick<Consent, "state" | "source"> {
  /** The source of the only opt-outs that an opt-in may end. Absent: it ends any opt-out. */
  endsOnly?: string;
  /** When the contact acted by the vendor's clock. Absent where the vendor gives no time. */
  providerTime?: Date | null;
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
