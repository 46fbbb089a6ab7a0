import { and, eq, ne, sql } from "drizzle-orm";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { consents } from "../schema/contacts.ts";

export interface ConsentKey {
  tenantId: string;
  channel: string;
  accountId: string;
  addressHash: Buffer;
}

export type ConsentState = "opted_out" | "opted_in";

/**
 * Records a consent or an opt-out under the locks of the contact's conversations with this account. A gate that is open now
 * commits first, and every later gate sees the consent. `source` is the evidence ("keyword", "carrier:21610"). The locks are
 * taken in one order, so that two writers never deadlock. A caller that holds one of them must have taken it with this
 * function.
 */
export async function setConsent(
  db: Queryable,
  key: ConsentKey & { contactId: string },
  consent: { state: ConsentState; source: string },
): Promise<void> {
  // In a transaction of its own or of the caller. Without one the locks would end before the consent is written.
  await db.transaction(async (tx) => {
    await lockContactConversations(tx, key);
    await writeConsent(tx, key, consent);
  });
}

export async function lockContactConversations(
  tx: Queryable,
  { contactId, accountId }: { contactId: string; accountId: string },
): Promise<void> {
  await tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.contactId, contactId), eq(conversations.accountId, accountId)))
    .orderBy(conversations.id)
    .for("update");
}

/** The caller holds the locks. No event is emitted where nothing changes. */
export async function writeConsent(
  db: Queryable,
  { tenantId, channel, accountId, addressHash, contactId }: ConsentKey & { contactId: string },
  { state, source }: { state: ConsentState; source: string },
): Promise<void> {
  const changed = await db
    .insert(consents)
    .values({ tenantId, channel, accountId, addressHash, state, source })
    .onConflictDoUpdate({
      target: [consents.tenantId, consents.channel, consents.accountId, consents.addressHash],
      set: { state, source, changedAt: sql`now()` },
      setWhere: ne(consents.state, state),
    })
    .returning({ state: consents.state });
  if (changed.length === 0) return;
  const data = { contact_id: contactId, channel, account: accountId, source };
  await emitEvent(db, { tenantId, type: `contact.${state}`, conversationId: null, data });
}

/** Whether the address has an opt-out, of this source if one is given. The opt-out may be older than the contact, who can be erased. */
export async function isOptedOut(db: Queryable, key: ConsentKey, source?: string): Promise<boolean> {
  const [stored] = await db
    .select({ state: consents.state, source: consents.source })
    .from(consents)
    .where(matchConsent(key));
  return stored?.state === "opted_out" && (source === undefined || stored.source === source);
}

export function matchConsent({ tenantId, channel, accountId, addressHash }: ConsentKey) {
  return and(
    eq(consents.tenantId, tenantId),
    eq(consents.channel, channel),
    eq(consents.accountId, accountId),
    eq(consents.addressHash, addressHash),
  );
}
