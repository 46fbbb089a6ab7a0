import { and, eq, sql } from "drizzle-orm";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { KeyChanged } from "../contacts/data-keys.ts";
import {
  addressHash,
  type Contact,
  type ContactAddress,
  findContact,
  type FoundContact,
  listAddresses,
} from "../contacts/find-contact.ts";
import { conversations } from "../schema/conversations.ts";
import { contactAliases, contacts } from "../schema/contacts.ts";
import type { Vault } from "../connection/vault.ts";

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

/** Finds or creates contact and conversation. Two callers at the same time get the same rows. */
export async function openConversation(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
): Promise<OpenedConversation> {
  const found = await findContact(db, vault, from);
  const known = found ?? (await addContact(db, vault, from));
  const { hasAllAddresses, otherContactIds } = known;
  const isReadable = vault.hasKey(known);
  const contact = isReadable ? toContact(known) : await renewKey(db, vault, from, toContact(known));
  if (!hasAllAddresses || !isReadable)
    await addAliases(db, vault, { ...from, contact, replace: !isReadable });
  const conversationId = known.conversationId ?? (await addConversation(db, contact.contactId, from));
  return { ...contact, conversationId, hasNewKey: !isReadable, otherContactIds };
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
  const main = listAddresses(from).find(isMain) ?? from.address;
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
  return toContact(first);
}

function toContact({ contactId, dataKey, addressHash: hash }: Contact): Contact {
  return { contactId, dataKey, addressHash: hash };
}

/** Stores the addresses that are new for the contact. */
async function addAliases(
  db: Queryable,
  vault: Vault,
  from: ContactAddress & { contact: Contact; replace: boolean },
): Promise<void> {
  const { tenantId, channel, contact } = from;
  const { contactId } = contact;
  const rows = sealAliases(vault, from, contact).map((alias) => ({ tenantId, channel, contactId, ...alias }));
  if (rows.length === 0) return;
  const insert = db.insert(contactAliases).values(rows);
  const { tenantId: tenant, channel: on, addressHash: address, contactId: owner } = contactAliases;
  const target = [tenant, on, address, owner];
  await (from.replace
    ? insert.onConflictDoUpdate({ target, set: { address: sql`excluded.address` } })
    : insert.onConflictDoNothing());
}

export interface SealedAddress {
  addressHash: Buffer;
  address: Buffer;
}

/** The addresses of the contact except its first one, in one order for all writers: two of them must not wait for each other. */
export function sealAliases(vault: Vault, from: ContactAddress, contact: Contact): SealedAddress[] {
  return listAddresses(from)
    .map((address) => ({ address, hash: addressHash(vault, { ...from, address }) }))
    .filter(({ hash }) => !hash.equals(contact.addressHash))
    .map(({ address, hash }) => ({
      addressHash: hash,
      address: vault.seal(contact, `address:${contact.contactId}`, address),
    }))
    .toSorted((one, other) => one.addressHash.compare(other.addressHash));
}

/** A contact that is not stored yet, with a new key and its sealed address. */
export function createContact(vault: Vault, from: ContactAddress): Contact & { address: Buffer } {
  const contactId = newId();
  const owner = { contactId, dataKey: vault.newDataKey(contactId) };
  const address = vault.seal(owner, `address:${contactId}`, from.address);
  return { ...owner, address, addressHash: addressHash(vault, from) };
}

async function addContact(db: Queryable, vault: Vault, from: ContactAddress): Promise<FoundContact> {
  const { tenantId, channel } = from;
  const { contactId, ...contact } = createContact(vault, from);
  const made = await db
    .insert(contacts)
    .values({ id: contactId, tenantId, channel, ...contact })
    .onConflictDoNothing()
    .returning({ id: contacts.id });
  if (made.length > 0) {
    const hasAllAddresses = (from.aliases ?? []).length === 0;
    return {
      contactId,
      ...contact,
      hasAllAddresses,
      conversationId: null,
      nextSeq: null,
      isStopAsked: false,
      otherContactIds: [],
    };
  }
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
    .where(
      and(
        eq(conversations.tenantId, tenantId),
        eq(conversations.channel, channel),
        eq(conversations.accountId, accountId),
        eq(conversations.contactId, contactId),
        eq(conversations.thread, thread),
      ),
    );
  if (first === undefined) throw new Error("A conversation of a concurrent request is missing.");
  return first.id;
}
