import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";
import { conversations } from "./schema/conversations.ts";
import { contactAliases, contacts } from "./schema/people.ts";
import type { KeyOwner, Vault } from "./vault.ts";

export interface PersonAddress {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The person's address on the channel, in clear. */
  address: string;
  /** Other addresses of the same person on this channel, in clear. */
  aliases?: readonly string[];
  /** Which of several conversations with this person; "" where there is one. */
  thread: string;
}

/** A conversation is one person (contact) talking with one sender of ours (account). */
export interface ConversationRef extends Contact {
  conversationId: string;
}

/** Whose conversation it is; throws where the tenant has none of this id. */
export async function findConversationOwner(
  db: Queryable,
  tenantId: string,
  conversationId: string,
): Promise<ConversationRef & { tenantId: string; channel: string }> {
  const [row] = await db
    .select({
      contactId: contacts.id,
      dataKey: contacts.dataKey,
      addressHash: contacts.addressHash,
      channel: conversations.channel,
    })
    .from(conversations)
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .where(and(eq(conversations.id, conversationId), eq(conversations.tenantId, tenantId)));
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  return { ...row, tenantId, conversationId };
}

interface Contact extends KeyOwner {
  /** Of the address that the contact was made with: consents are kept by it. */
  addressHash: Buffer;
}

/** Finds or makes contact and conversation; two callers at once get the same ones. */
export async function openConversation(
  db: Queryable,
  vault: Vault,
  person: PersonAddress,
): Promise<ConversationRef> {
  const owner = await openContact(db, vault, person);
  const { tenantId, channel, accountId, thread } = person;
  const key = { tenantId, channel, accountId, contactId: owner.contactId, thread };
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

/** The contact by any address that is known; an address that is new for it is remembered. */
async function openContact(db: Queryable, vault: Vault, person: PersonAddress): Promise<Contact> {
  const { aliases = [], address } = person;
  const known = await findByAnyAddress(db, vault, person);
  const contact = known ?? (await addContact(db, vault, person));
  if (aliases.length > 0)
    await addAliases(db, vault, { ...person, contact, addresses: [address, ...aliases] });
  return contact;
}

async function findByAnyAddress(db: Queryable, vault: Vault, person: PersonAddress): Promise<Contact | null> {
  for (const address of [person.address, ...(person.aliases ?? [])]) {
    const found = await findContact(db, vault, { ...person, address });
    if (found !== null) return found;
  }
  return null;
}

async function findContact(db: Queryable, vault: Vault, person: PersonAddress): Promise<Contact | null> {
  return (await findByMainAddress(db, vault, person)) ?? (await findByAlias(db, vault, person));
}

async function findByAlias(db: Queryable, vault: Vault, person: PersonAddress): Promise<Contact | null> {
  const [row] = await db
    .select({ contactId: contacts.id, dataKey: contacts.dataKey, addressHash: contacts.addressHash })
    .from(contactAliases)
    .innerJoin(contacts, eq(contacts.id, contactAliases.contactId))
    .where(
      and(
        eq(contactAliases.tenantId, person.tenantId),
        eq(contactAliases.channel, person.channel),
        eq(contactAliases.addressHash, addressHash(vault, person)),
      ),
    );
  return row ?? null;
}

async function addAliases(
  db: Queryable,
  vault: Vault,
  person: PersonAddress & { contact: Contact; addresses: readonly string[] },
): Promise<void> {
  const { tenantId, channel, contact } = person;
  const rows = person.addresses
    .map((address) => ({ address, hash: addressHash(vault, { ...person, address }) }))
    .filter(({ hash }) => !hash.equals(contact.addressHash))
    .map(({ address, hash }) => ({
      tenantId,
      channel,
      addressHash: hash,
      contactId: contact.contactId,
      address: vault.seal(contact, `address:${contact.contactId}`, address),
    }));
  if (rows.length > 0) await db.insert(contactAliases).values(rows).onConflictDoNothing();
}

async function findByMainAddress(
  db: Queryable,
  vault: Vault,
  person: PersonAddress,
): Promise<Contact | null> {
  const [row] = await db
    .select({ contactId: contacts.id, dataKey: contacts.dataKey, addressHash: contacts.addressHash })
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

async function addContact(db: Queryable, vault: Vault, person: PersonAddress): Promise<Contact> {
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
  key: { tenantId: string; channel: string; accountId: string; contactId: string; thread: string },
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
        eq(conversations.thread, key.thread),
      ),
    );
  return row?.id ?? null;
}

/** The same address on two channels or at two tenants has two hashes: nobody can join them without the key. */
function addressHash(
  vault: Vault,
  { tenantId, channel, address }: Pick<PersonAddress, "tenantId" | "channel" | "address">,
): Buffer {
  return vault.hash(`${tenantId}\n${channel}\n${address}`);
}
