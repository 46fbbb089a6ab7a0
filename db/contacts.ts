import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";
import { contacts, conversations } from "./schema.ts";
import type { KeyOwner, Vault } from "./vault.ts";

export interface PersonAddress {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The person's address on the channel, in clear. */
  address: string;
}

/** A conversation is one person (contact) talking with one sender of ours (account). */
export interface ConversationRef extends KeyOwner {
  conversationId: string;
}

/** Finds or makes contact and conversation; two callers at once get the same ones. */
export async function openConversation(
  db: Queryable,
  vault: Vault,
  person: PersonAddress,
): Promise<ConversationRef> {
  const owner = (await findContact(db, vault, person)) ?? (await addContact(db, vault, person));
  const { tenantId, channel, accountId } = person;
  const key = { tenantId, channel, accountId, contactId: owner.contactId };
  const known = await findConversation(db, key);
  if (known !== null) return { ...owner, conversationId: known };
  await db
    .insert(conversations)
    .values({ id: randomUUID(), ...key })
    .onConflictDoNothing();
  const made = await findConversation(db, key);
  if (made === null) throw new Error("A conversation that was just made is not there.");
  return { ...owner, conversationId: made };
}

async function findContact(db: Queryable, vault: Vault, person: PersonAddress): Promise<KeyOwner | null> {
  const [row] = await db
    .select({ contactId: contacts.id, dataKey: contacts.dataKey })
    .from(contacts)
    .where(
      and(
        eq(contacts.tenantId, person.tenantId),
        eq(contacts.channel, person.channel),
        eq(contacts.addressHash, addressHash(vault, person)),
      ),
    );
  return row ?? null;
}

async function addContact(db: Queryable, vault: Vault, person: PersonAddress): Promise<KeyOwner> {
  const contactId = randomUUID();
  const dataKey = vault.newDataKey(contactId);
  const owner = { contactId, dataKey };
  await db
    .insert(contacts)
    .values({
      id: contactId,
      tenantId: person.tenantId,
      channel: person.channel,
      addressHash: addressHash(vault, person),
      address: vault.seal(owner, `address:${contactId}`, person.address),
      dataKey,
    })
    .onConflictDoNothing();
  const stored = await findContact(db, vault, person);
  if (stored === null) throw new Error("A contact that was just made is not there.");
  return stored;
}

async function findConversation(
  db: Queryable,
  key: { tenantId: string; channel: string; accountId: string; contactId: string },
): Promise<string | null> {
  const [row] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(
      and(
        eq(conversations.tenantId, key.tenantId),
        eq(conversations.channel, key.channel),
        eq(conversations.accountId, key.accountId),
        eq(conversations.contactId, key.contactId),
      ),
    );
  return row?.id ?? null;
}

/** The same address on two channels or at two tenants has two hashes: nobody can join them without the key. */
function addressHash(vault: Vault, { tenantId, channel, address }: Omit<PersonAddress, "accountId">): Buffer {
  return vault.hash(`${tenantId}\n${channel}\n${address}`);
}
