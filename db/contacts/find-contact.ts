import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";
import type { inbox } from "../schema/conversations.ts";

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
  /** The last line of this conversation is our question whether we shall stop. */
  isStopAsked: boolean;
  /** Younger contacts of the same human being, from the time when the addresses were not known to belong together. */
  otherContactIds: string[];
}

/** The first delivery of a message. */
export interface FirstDelivery {
  conversationId: string;
  state: (typeof inbox.$inferSelect)["state"];
}

type InboundRow = { first_conversation_id: string | null; first_state: FirstDelivery["state"] | null } & (
  | { contact_id: null }
  | {
      contact_id: string;
      data_key: Buffer | null;
      address_hash: Buffer;
      other_contact_ids: string[];
      has_all_addresses: boolean;
      conversation_id: string | null;
      next_seq: string | null;
      is_stop_asked: boolean;
    }
);

/** The oldest contact with one of these addresses, also as an alias, and its conversation. */
export async function findContact(
  db: Queryable,
  vault: Vault,
  from: ContactAddress,
): Promise<FoundContact | null> {
  const { contact } = await findInbound(db, vault, { ...from, providerMessageId: null });
  return contact;
}

/** `findContact`, and the first delivery of the message if there was one: an acknowledgement waits for each query. */
export async function findInbound(
  db: Queryable,
  vault: Vault,
  from: ContactAddress & { providerMessageId: string | null },
): Promise<{ first: FirstDelivery | null; contact: FoundContact | null }> {
  const { tenantId, channel, accountId, thread, providerMessageId } = from;
  const hashes = listAddresses(from).map((address) => addressHash(vault, { ...from, address }));
  const { rows } = await db.execute<InboundRow>(sql`SELECT * FROM find_inbound(
    ${tenantId}, ${channel}, ${accountId}, ${thread}, ${sql.param(hashes)}, ${providerMessageId})`);
  const [row] = rows;
  if (row === undefined) throw new Error("find_inbound returned no row.");
  const { first_conversation_id: conversationId, first_state: state } = row;
  return {
    first: conversationId === null || state === null ? null : { conversationId, state },
    contact: row.contact_id === null ? null : toFoundContact(row),
  };
}

function toFoundContact(row: Exclude<InboundRow, { contact_id: null }>): FoundContact {
  return {
    contactId: row.contact_id,
    dataKey: row.data_key,
    addressHash: row.address_hash,
    otherContactIds: row.other_contact_ids,
    hasAllAddresses: row.has_all_addresses,
    conversationId: row.conversation_id,
    nextSeq: row.next_seq === null ? null : Number(row.next_seq),
    isStopAsked: row.is_stop_asked,
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
