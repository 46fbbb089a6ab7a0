import { type SQL, sql } from "drizzle-orm";
import type { Contact, ContactAddress, FoundContact } from "../contacts/find-contact.ts";
import { createContact, sealAliases, type SealedAddress } from "../conversations/open-conversation.ts";
import { messageLabel } from "../conversations/append-line.ts";
import { newId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import type { inbox } from "../schema/conversations.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { sealOwnMessage } from "../web/stream.ts";
import { TAKEN_BACK } from "./message-changes.ts";
import type { NewInbound } from "./new-inbound.ts";

/** The reason of a message that was for other participants in its thread. */
export const NOT_ADDRESSED = "not_addressed";

type InboxRow = typeof inbox.$inferSelect;

/** Where a message is stored, as the caller has seen it. Its texts are sealed for this place. */
export interface InboundPlace {
  contact: Contact;
  /** The sealed address of a contact that is stored with the message; null where the contact exists. */
  newAddress: Buffer | null;
  /** Aliases that may be missing. */
  aliases: readonly SealedAddress[];
  conversationId: string;
  /** True where the conversation is stored with the message. */
  opensConversation: boolean;
  seq: number;
}

/** The place of a contact's next message, with new ids and a new key for what does not exist. */
export function placeInbound(vault: Vault, from: ContactAddress, found: FoundContact | null): InboundPlace {
  const { address: newAddress, ...contact } =
    found === null ? createContact(vault, from) : { ...found, address: null };
  const aliases = found?.hasAllAddresses === true ? [] : sealAliases(vault, from, contact);
  const conversationId = found?.conversationId ?? null;
  return {
    contact,
    newAddress,
    aliases,
    conversationId: conversationId ?? newId(),
    opensConversation: conversationId === null,
    seq: found?.nextSeq ?? 1,
  };
}

/**
 * Stores a message in one statement by `store_inbound` of the migrations, which describes the result: the state of the new row, or null or
 * a serialization failure where the place is not the present one.
 */
export async function insertInbound(
  db: Queryable,
  vault: Vault,
  { message, keyword, place }: { message: NewInbound; keyword: InboxRow["keyword"]; place: InboundPlace },
): Promise<InboxRow["state"] | null> {
  const { tenantId, channel, accountId, providerMessageId, suppressed } = message;
  const { contact, aliases, conversationId, seq } = place;
  const store = suppressed === undefined ? INBOX_MOVES.store : INBOX_MOVES.storeSuppressed;
  const event = { message_id: providerMessageId, channel, account: accountId, seq };
  const { rows } = await db.execute<{ state: InboxRow["state"] | null }>(sql`SELECT store_inbound(
    of_tenant => ${tenantId}, on_channel => ${channel}, on_account => ${accountId}, in_thread => ${message.thread},
    of_contact => ${contact.contactId}, sealed_with => ${contact.dataKey},
    new_address_hash => ${contact.addressHash}, new_address => ${place.newAddress},
    alias_hashes => ${toArray(aliases, ({ addressHash }) => addressHash)},
    alias_addresses => ${toArray(aliases, ({ address }) => address)},
    in_conversation => ${conversationId}, opens_conversation => ${place.opensConversation}, at_seq => ${seq},
    message_id => ${providerMessageId}, of_workflow => ${message.workflowId}, with_keyword => ${keyword}, with_treatment => ${message.treatment ?? "answer"},
    provider_at => ${toTime(message.providerTime)}, provider_order => ${message.providerSequence},
    cut => ${message.cutCharacters ?? 0}, quiet_ms => ${message.quietMs}, arrived => ${toTime(message.arrivedAt)},
    names_us => ${message.isAddressed ?? true}, not_addressed_reason => ${NOT_ADDRESSED},
    initial_state => ${store.to}, initial_reason => ${suppressed ?? null},
    taken_back_state => ${INBOX_MOVES.storeSuppressed.to}, taken_back_reason => ${TAKEN_BACK},
    ${sealTexts(vault, message, place)},
    event_id => ${newId()}, event_data => ${JSON.stringify(event)}) AS state`);
  return rows[0]?.state ?? null;
}

function sealTexts(
  vault: Vault,
  { tenantId, text, media, appendToStream }: NewInbound,
  { contact, conversationId, seq }: InboundPlace,
): SQL {
  const label = messageLabel(conversationId, seq);
  const sealedMedia = media === undefined ? null : vault.seal(contact, `media:${label}`, media);
  const streamBody =
    appendToStream === true
      ? sealOwnMessage(vault, { ...contact, tenantId, conversationId }, { seq, text })
      : null;
  return sql`line_body => ${vault.seal(contact, label, text)}, line_media => ${sealedMedia}, stream_body => ${streamBody}`;
}

/** One parameter; null for an empty list. */
function toArray(aliases: readonly SealedAddress[], read: (alias: SealedAddress) => Buffer) {
  return aliases.length === 0 ? null : sql.param(aliases.map(read));
}

function toTime(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
