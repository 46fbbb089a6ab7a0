import { randomUUID } from "node:crypto";
import { and, desc, eq, inArray, ne, sql } from "drizzle-orm";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { consents, contactAliases, contacts } from "../schema/contacts.ts";
import { type KeyOwner, openOrNull, type Vault } from "../connection/vault.ts";

/*
 * Contacts that belong to the same human being share a `link_id`. Linking gives two groups one id, unlinking removes one
 * contact from its group. The id of a contact without a group is null.
 */

export interface ContactRow {
  id: string;
  channel: string;
  /** The address in clear, for callers that may read contacts. Null where its key was destroyed or is missing. */
  address: string | null;
  addressHash: Buffer;
  linkId: string | null;
  keyRenewedAt: Date | null;
  createdAt: Date;
}

type Stored = typeof contacts.$inferSelect;

export async function listContacts(
  db: Queryable,
  vault: Vault,
  { tenantId, channel }: { tenantId: string; channel: string | undefined },
  page: PageRequest,
): Promise<Page<ContactRow>> {
  const rows = await db
    .select({ row: contacts, id: contacts.id, at: toMicros(contacts.createdAt) })
    .from(contacts)
    .where(
      and(
        eq(contacts.tenantId, tenantId),
        channel === undefined ? undefined : eq(contacts.channel, channel),
        keysetBefore(contacts, page),
      ),
    )
    .orderBy(sql`${contacts.createdAt} DESC`, sql`${contacts.id} DESC`)
    .limit(page.limit + 1);
  const { rows: pageRows, next } = toPage(rows, page);
  return { rows: pageRows.map(({ row }) => openContact(vault, row)), next };
}

export async function findContactRow(
  db: Queryable,
  vault: Vault,
  key: ContactKey,
): Promise<ContactRow | null> {
  const [row] = await db.select().from(contacts).where(isContact(key));
  return row === undefined ? null : openContact(vault, row);
}

interface ContactKey {
  tenantId: string;
  contactId: string;
}

export interface ContactDetails {
  aliases: string[];
  /** Other contacts with the same link id. */
  linked: { id: string; channel: string }[];
  consents: (typeof consents.$inferSelect)[];
}

export async function findContactDetails(
  db: Queryable,
  vault: Vault,
  { tenantId, contactId }: ContactKey,
): Promise<ContactDetails> {
  const key = { tenantId, contactId };
  const [row] = await db.select().from(contacts).where(isContact(key));
  if (row === undefined) return { aliases: [], linked: [], consents: [] };
  const aliases = await db.select().from(contactAliases).where(eq(contactAliases.contactId, contactId));
  const linked =
    row.linkId === null
      ? []
      : await db
          .select({ id: contacts.id, channel: contacts.channel })
          .from(contacts)
          .where(and(hasLinkId(tenantId, row.linkId), ne(contacts.id, contactId)));
  // Of each account the consent that counts: an opt-out by any address of the human being before everything else.
  const given = await db
    .select()
    .from(consents)
    .where(
      and(
        eq(consents.tenantId, tenantId),
        eq(consents.channel, row.channel),
        sql`${consents.addressHash} IN (SELECT person_addresses(${tenantId}, ${row.channel}, ${row.addressHash}))`,
      ),
    )
    .orderBy(consents.accountId, sql`${consents.state} = 'opted_out' DESC`, desc(consents.changedAt));
  const owner = { contactId, dataKey: row.dataKey };
  return {
    aliases: aliases.flatMap(({ address }) => openAddress(vault, owner, address) ?? []),
    linked,
    consents: given.filter(({ accountId }, i) => accountId !== given[i - 1]?.accountId),
  };
}

/** Links two contacts and the groups of both. False where one of the contacts does not exist. */
export async function linkContacts(
  db: Queryable,
  tenantId: string,
  [one, other]: readonly [string, string],
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    await lockLinks(tx, tenantId);
    const pair = await findLinkIds(tx, tenantId, [one, other]);
    if (pair.length < 2) return false;
    const [kept = randomUUID(), ...merged] = pair.flatMap(({ linkId }) => linkId ?? []);
    await tx
      .update(contacts)
      .set({ linkId: kept })
      .where(isAnyOf(tenantId, [one, other]));
    for (const linkId of merged)
      await tx.update(contacts).set({ linkId: kept }).where(hasLinkId(tenantId, linkId));
    return true;
  });
}

/** Removes a contact from its group. False where the contact does not exist. */
export async function unlinkContact(db: Queryable, tenantId: string, contactId: string): Promise<boolean> {
  return await db.transaction(async (tx) => {
    await lockLinks(tx, tenantId);
    const [contact] = await findLinkIds(tx, tenantId, [contactId]);
    if (contact === undefined) return false;
    const { linkId } = contact;
    if (linkId === null) return true;
    await tx
      .update(contacts)
      .set({ linkId: null })
      .where(isAnyOf(tenantId, [contactId]));
    const rest = await tx.select({ id: contacts.id }).from(contacts).where(hasLinkId(tenantId, linkId));
    if (rest.length === 1) await tx.update(contacts).set({ linkId: null }).where(hasLinkId(tenantId, linkId));
    return true;
  });
}

/** Locked, because two links of one tenant at the same time would each miss the contacts that the other one moves. */
async function lockLinks(tx: Queryable, tenantId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`links:${tenantId}`}, 0))`);
}

async function findLinkIds(tx: Queryable, tenantId: string, ids: readonly string[]) {
  return await tx
    .select({ id: contacts.id, linkId: contacts.linkId })
    .from(contacts)
    .where(isAnyOf(tenantId, ids));
}

function isContact({ tenantId, contactId }: ContactKey) {
  return and(eq(contacts.tenantId, tenantId), eq(contacts.id, contactId));
}

function isAnyOf(tenantId: string, ids: readonly string[]) {
  return and(eq(contacts.tenantId, tenantId), inArray(contacts.id, [...ids]));
}

function hasLinkId(tenantId: string, linkId: string) {
  return and(eq(contacts.tenantId, tenantId), eq(contacts.linkId, linkId));
}

function openContact(vault: Vault, { dataKey, address, ...row }: Stored): ContactRow {
  return { ...row, address: openAddress(vault, { contactId: row.id, dataKey }, address) };
}

/** Null where its key was destroyed or is missing. */
export function openAddress(vault: Vault, owner: KeyOwner, sealed: Buffer): string | null {
  return openOrNull(vault, { owner, label: `address:${owner.contactId}`, sealed });
}
