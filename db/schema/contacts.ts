import { index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, createdAt, timestamp } from "./columns.ts";

/** A contact: one address on one channel. Destroying `data_key` makes every text of the contact unreadable, in every copy. */
export const contacts = pgTable(
  "contacts",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    addressHash: bytea("address_hash").notNull(),
    address: bytea("address").notNull(),
    /** Null after the keys were destroyed. A trigger waits for the messages that are being stored with them. */
    dataKey: bytea("data_key"),
    /** When the contact wrote again although its keys could not be unwrapped, and got a new one. */
    keyRenewedAt: timestamp("key_renewed_at"),
    /** The same for all contacts of one human being; null where nothing is linked. */
    linkId: uuid("link_id"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("contacts_address").on(t.tenantId, t.channel, t.addressHash),
    index("contacts_by_tenant").on(t.tenantId, t.createdAt, t.id),
    index("contacts_link").on(t.linkId),
  ],
);

/** Other addresses of a contact on the same channel (WhatsApp: the phone number in addition to the business-scoped user id). */
export const contactAliases = pgTable(
  "contact_aliases",
  {
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    addressHash: bytea("address_hash").notNull(),
    contactId: uuid("contact_id").notNull(),
    address: bytea("address").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    // An address may belong to two contacts of one human being.
    primaryKey({ columns: [t.tenantId, t.channel, t.addressHash, t.contactId] }),
    index("contact_aliases_contact").on(t.contactId),
  ],
);

/** Opt-outs and opt-ins by the keyed hash of the address, so that they stay after the contact is erased. */
export const consents = pgTable(
  "consents",
  {
    tenantId: text("tenant_id").notNull(),
    channel: text("channel").notNull(),
    accountId: text("account_id").notNull(),
    addressHash: bytea("address_hash").notNull(),
    state: text("state", { enum: ["opted_out", "opted_in"] }).notNull(),
    source: text("source").notNull(),
    changedAt: timestamp("changed_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.channel, t.accountId, t.addressHash] })],
);
