import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { contactAliases, contacts } from "../schema/contacts.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

export interface ContactAddress {
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
  person: ContactAddress,
): Promise<ConversationRef> {
  const { aliases = [], address } = person;
  const { conversationId, ...known } = (await findContact(db, vault, person)) ?? {
    ...(await addContact(db, vault, person)),
    conversationId: null,
  };
  if (aliases.length > 0)
    await addAliases(db, vault, { ...person, contact: known, addresses: [address, ...aliases] });
  return { ...known, conversationId: conversationId ?? (await addConversation(db, known.contactId, person)) };
}

/**
 * The contact by any address that is known, a main one before an alias, and the conversation where there is one. All in one question:
 * an acknowledgement waits for each.
 */
async function findContact(
  db: Queryable,
  vault: Vault,
  person: ContactAddress,
): Promise<(Contact & { conversationId: string | null }) | null> {
  const { tenantId, channel } = person;
  const owners = [person.address, ...(person.aliases ?? [])].flatMap((address) =>
    selectOwners(db, { tenantId, channel, hash: addressHash(vault, { ...person, address }) }),
  );
  const [row] = await db
    .select({
      contactId: contacts.id,
      dataKey: contacts.dataKey,
      addressHash: contacts.addressHash,
      conversationId: conversations.id,
    })
    .from(contacts)
    .leftJoin(conversations, matchConversation(person, contacts.id))
    .where(eq(contacts.id, sql`coalesce(${sql.join(owners, sql`, `)})`));
  return row ?? null;
}

/** Whose address it is, and whose alias. */
function selectOwners(
  db: Queryable,
  { tenantId, channel, hash }: { tenantId: string; channel: string; hash: Buffer },
) {
  const main = db
    .select({ id: contacts.id })
    .from(contacts)
    .where(
      and(eq(contacts.tenantId, tenantId), eq(contacts.channel, channel), eq(contacts.addressHash, hash)),
    );
  const alias = db
    .select({ id: contactAliases.contactId })
    .from(contactAliases)
    .where(
      and(
        eq(contactAliases.tenantId, tenantId),
        eq(contactAliases.channel, channel),
        eq(contactAliases.addressHash, hash),
      ),
    );
  return [sql`${main}`, sql`${alias}`];
}

/** An address that is new for the contact is remembered. */
async function addAliases(
  db: Queryable,
  vault: Vault,
  person: ContactAddress & { contact: Contact; addresses: readonly string[] },
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

async function addContact(db: Queryable, vault: Vault, person: ContactAddress): Promise<Contact> {
  const { tenantId, channel, address } = person;
  const contactId = randomUUID();
  const owner = { contactId, dataKey: vault.newDataKey(contactId) };
  const contact = { ...owner, addressHash: addressHash(vault, person) };
  const sealed = vault.seal(owner, `address:${contactId}`, address);
  const made = await db
    .insert(contacts)
    .values({ id: contactId, tenantId, channel, address: sealed, ...contact })
    .onConflictDoNothing()
    .returning({ id: contacts.id });
  if (made.length > 0) return contact;
  const first = await findContact(db, vault, person);
  if (first === null) throw new Error("A contact that was made by somebody else is not there.");
  return first;
}

async function addConversation(db: Queryable, contactId: string, person: ContactAddress): Promise<string> {
  const { tenantId, channel, accountId, thread } = person;
  const key = { tenantId, channel, accountId, contactId, thread };
  const id = randomUUID();
  const made = await db
    .insert(conversations)
    .values({ id, ...key })
    .onConflictDoNothing()
    .returning({ id: conversations.id });
  if (made.length > 0) return id;
  const [first] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(matchConversation(person, contactId));
  if (first === undefined) throw new Error("A conversation that was made by somebody else is not there.");
  return first.id;
}

function matchConversation(
  { tenantId, channel, accountId, thread }: ContactAddress,
  contactId: string | typeof contacts.id,
) {
  return and(
    eq(conversations.tenantId, tenantId),
    eq(conversations.channel, channel),
    eq(conversations.accountId, accountId),
    eq(conversations.contactId, contactId),
    eq(conversations.thread, thread),
  );
}

/** The same address on two channels or at two tenants has two hashes: nobody can join them without the key. */
function addressHash(
  vault: Vault,
  { tenantId, channel, address }: Pick<ContactAddress, "tenantId" | "channel" | "address">,
): Buffer {
  return vault.hash(`${tenantId}\n${channel}\n${address}`);
}
