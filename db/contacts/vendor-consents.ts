import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { consents } from "../schema/contacts.ts";
import {
  type ConsentKey,
  type ConsentState,
  lockContactConversations,
  matchConsent,
  writeConsent,
} from "./consents.ts";

export interface VendorConsent {
  state: ConsentState;
  source: string;
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
    await lockContactConversations(tx, key);
    // An operator's change takes no lock of a conversation, so the row needs its own.
    const [stored] = await tx.select().from(consents).where(matchConsent(key)).for("update");
    if (stored !== undefined) {
      if (providerTime !== null && providerTime < stored.changedAt) return false;
      if (!mayEnd(stored, { state, endsOnly })) return false;
    }
    await writeConsent(tx, key, { state, source });
    // The vendor's events are compared with each other by the vendor's clock. An opt-out keeps the time of its first event.
    const isTimeNew = stored?.state !== state || state === "opted_in";
    if (providerTime !== null && isTimeNew)
      // A time ahead of our clock would make every event until then look old.
      await tx
        .update(consents)
        .set({ changedAt: sql`least(${providerTime.toISOString()}::timestamptz, now())` })
        .where(matchConsent(key));
    return true;
  });
}

function mayEnd(
  stored: { state: ConsentState; source: string },
  { state, endsOnly }: { state: ConsentState; endsOnly: string | undefined },
): boolean {
  const isEnd = stored.state === "opted_out" && state === "opted_in";
  return !isEnd || endsOnly === undefined || stored.source === endsOnly;
}
