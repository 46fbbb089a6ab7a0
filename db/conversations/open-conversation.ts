import { and, eq, sql } from "drizzle-orm";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { KeyChanged } from "../contacts/data-keys.ts";
import { conversations } from "../schema/conversations.ts";
import { contactAliases, contacts } from "../schema/contacts.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

export interface ContactAddress {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The contact's address on the channel, in clear. */
  address: string;
  /** Other addresses of the contact on this channel, in clear. */
  aliases?: readonly string[];
  /** Distinguishes several conversations with this contact; empty where there is one. */
  thread: string;
}

/** A conversation is one contact and one channel account. */
export interface ConversationRef extends Contact {
  conversationId: string;
}

export interface OpenedConversation extends ConversationRef {
  /** True where no key of the contact could be unwrapped, so it got a new one. */
  hasNewKey: boolean;
  /** Younger contacts of the same human being: see carry-silence.ts. */
  otherContactIds: readonly string[];
}

/** The contact of a conversation. Throws where the tenant has no such conversation. */
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
  /** Hash of the contact's first address. Consents use it as their key. */
  addressHash: Buffer;
}

/** Finds or creates contact and conversation. Two callers at the same time get the same rows. */
export async function openConversation(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
): Promise<OpenedConversation> {
  const { aliases = [], address } = from;
  const found = await findContact(db, vault, from);
  const { conversationId, otherContactIds, ...known } =
    found === null
      ? { ...(await addContact(db, vault, from)), conversationId: null, otherContactIds: [] }
      : found;
  const isReadable = vault.hasKey(known);
  const contact = isReadable ? known : await renewKey(db, vault, from, known);
  if (aliases.length > 0)
    await addAliases(db, vault, {
      ...from,
      contact,
      addresses: [address, ...aliases],
      replace: !isReadable,
    });
  const opened = conversationId ?? (await addConversation(db, contact.contactId, from));
  return { ...contact, conversationId: opened, hasNewKey: !isReadable, otherContactIds };
}

/**
 * The contact writes again although its keys were destroyed or their master key is missing: new texts get a new key. Earlier texts stay
 * unreadable. Of two callers at the same time one wins, and both use its key.
 */
async function renewKey(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
  contact: Contact,
): Promise<Contact> {
  const dataKey = vault.renewDataKey(contact);
  const isMain = (address: string) => addressHash(vault, { ...from, address }).equals(contact.addressHash);
  const main = [from.address, ...(from.aliases ?? [])].find(isMain) ?? from.address;
  const address = vault.seal({ ...contact, dataKey }, `address:${contact.contactId}`, main);
  const renewed = await db
    .update(contacts)
    .set({ dataKey, address, keyRenewedAt: sql`now()` })
    .where(
      and(
        eq(contacts.id, contact.contactId),
        sql`${contacts.dataKey} IS NOT DISTINCT FROM ${contact.dataKey}`,
      ),
    )
    .returning({ id: contacts.id });
  if (renewed.length > 0) return { ...contact, dataKey };
  const first = await findContact(db, vault, from);
  if (first === null || !vault.hasKey(first)) throw new KeyChanged();
  return first;
}

interface FoundContact extends Contact {
  conversationId: string | null;
  /** Younger contacts of the same human being, from the time when the addresses were not known to belong together. */
  otherContactIds: string[];
}

/** The oldest contact with one of these addresses, also as an alias, and its conversation: an acknowledgement waits for each query. */
export async function findContact(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
): Promise<FoundContact | null> {
  const { tenantId, channel } = from;
  const owners = [from.address, ...(from.aliases ?? [])].flatMap((address) =>
    selectOwners(db, { tenantId, channel, hash: addressHash(vault, { ...from, address }) }),
  );
  const [oldest, ...others] = await db
    .select({
      contactId: contacts.id,
      dataKey: contacts.dataKey,
      addressHash: contacts.addressHash,
      conversationId: conversations.id,
    })
    .from(contacts)
    .leftJoin(conversations, matchConversation(from, contacts.id))
    .where(sql`${contacts.id} IN (${sql.join(owners, sql` UNION ALL `)})`)
    .orderBy(contacts.createdAt, contacts.id);
  if (oldest === undefined) return null;
  return { ...oldest, otherContactIds: others.map(({ contactId }) => contactId) };
}

/** Contacts by main address and by alias. */
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

/** Stores the addresses that are new for the contact. */
async function addAliases(
  db: Queryable,
  vault: Vault,
  from: ContactAddress & { contact: Contact; addresses: readonly string[]; replace: boolean },
): Promise<void> {
  const { tenantId, channel, contact } = from;
  const rows = from.addresses
    .map((address) => ({ address, hash: addressHash(vault, { ...from, address }) }))
    .filter(({ hash }) => !hash.equals(contact.addressHash))
    .map(({ address, hash }) => ({
      tenantId,
      channel,
      addressHash: hash,
      contactId: contact.contactId,
      address: vault.seal(contact, `address:${contact.contactId}`, address),
    }));
  if (rows.length === 0) return;
  const insert = db.insert(contactAliases).values(rows);
  const { tenantId: tenant, channel: on, addressHash: address, contactId } = contactAliases;
  const target = [tenant, on, address, contactId];
  await (from.replace
    ? insert.onConflictDoUpdate({ target, set: { address: sql`excluded.address` } })
    : insert.onConflictDoNothing());
}

async function addContact(db: Queryable, vault: Vault, from: ContactAddress): Promise<Contact> {
  const { tenantId, channel, address } = from;
  const contactId = newId();
  const owner = { contactId, dataKey: vault.newDataKey(contactId) };
  const contact = { ...owner, addressHash: addressHash(vault, from) };
  const sealed = vault.seal(owner, `address:${contactId}`, address);
  const made = await db
    .insert(contacts)
    .values({ id: contactId, tenantId, channel, address: sealed, ...contact })
    .onConflictDoNothing()
    .returning({ id: contacts.id });
  if (made.length > 0) return contact;
  const first = await findContact(db, vault, from);
  if (first === null) throw new Error("A contact of a concurrent request is missing.");
  return first;
}

async function addConversation(db: Queryable, contactId: string, from: ContactAddress): Promise<string> {
  const { tenantId, channel, accountId, thread } = from;
  const key = { tenantId, channel, accountId, contactId, thread };
  const id = newId();
  const made = await db
    .insert(conversations)
    .values({ id, ...key })
    .onConflictDoNothing()
    .returning({ id: conversations.id });
  if (made.length > 0) return id;
  const [first] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(matchConversation(from, contactId));
  if (first === undefined) throw new Error("A conversation of a concurrent request is missing.");
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

/** The same address has different hashes on two channels or at two tenants, so they cannot be joined without the key. */
export function addressHash(
  vault: Vault,
  { tenantId, channel, address }: Pick<ContactAddress, "tenantId" | "channel" | "address">,
): Buffer {
  return vault.hash(`${tenantId}\n${channel}\n${address}`);
}
