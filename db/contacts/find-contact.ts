import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
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

export interface Contact extends KeyOwner {
  /** Hash of the contact's first address. Consents use it as their key. */
  addressHash: Buffer;
}

export interface FoundContact extends Contact {
  conversationId: string | null;
  /** The next number of the conversation. Another transaction may take it. */
  nextSeq: number | null;
  /** False where one of the addresses is not stored yet. */
  hasAllAddresses: boolean;
  /** Younger contacts of the same human being, from the time when the addresses were not known to belong together. */
  otherContactIds: string[];
}

/** The oldest contact with one of these addresses, also as an alias, and its conversation. */
export async function findContact(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
): Promise<FoundContact | null> {
  const { rows } = await db.execute<FoundContactRow>(sql`SELECT * FROM ${selectContact(vault, from)}`);
  const [row] = rows;
  return row === undefined ? null : toFoundContact(row);
}

/** The columns of `selectContact`, as Postgres returns them. */
export type FoundContactRow = {
  contact_id: string;
  data_key: Buffer | null;
  address_hash: Buffer;
  other_contact_ids: string[];
  has_all_addresses: boolean;
  conversation_id: string | null;
  next_seq: string | null;
};

/** `findContact` as a table of another statement, with one row or none. */
export function selectContact(vault: Vault, from: ContactAddress): SQL {
  const { tenantId, channel, accountId, thread } = from;
  const hashes = listAddresses(from).map((address) => addressHash(vault, { ...from, address }));
  return sql`find_contact(${tenantId}, ${channel}, ${accountId}, ${thread}, ${sql.param(hashes)}::bytea[])`;
}

export function toFoundContact(row: FoundContactRow): FoundContact {
  return {
    contactId: row.contact_id,
    dataKey: row.data_key,
    addressHash: row.address_hash,
    otherContactIds: row.other_contact_ids,
    hasAllAddresses: row.has_all_addresses,
    conversationId: row.conversation_id,
    nextSeq: row.next_seq === null ? null : Number(row.next_seq),
  };
}

export function listAddresses({ address, aliases = [] }: ContactAddress): string[] {
  return [address, ...aliases];
}

/** The same address has different hashes on two channels or at two tenants, so they cannot be joined without the key. */
export function addressHash(
  vault: Vault,
  { tenantId, channel, address }: Pick<ContactAddress, "tenantId" | "channel" | "address">,
): Buffer {
  return vault.hash(`${tenantId}\n${channel}\n${address}`);
}
