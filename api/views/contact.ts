import { z } from "zod";
import type { ContactDetails, ContactRow } from "../../db/contacts/list-contacts.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp } from "./fields.ts";

const CONTACT_FIELDS = {
  id: ID,
  channel: z.string(),
  address: z
    .string()
    .nullable()
    .meta({ description: "The person's address on the channel; null for a key without contacts:read." }),
  link_id: ID.nullable().meta({
    description: "The same for all contacts of one person; null where nothing is linked.",
  }),
  created_at: TIMESTAMP,
};

const CONSENT = z.object({
  account_id: z.string(),
  state: z.enum(["opted_in", "opted_out"]),
  source: z.string().meta({ description: "How we know: keyword, carrier:21610, operator." }),
  changed_at: TIMESTAMP,
});

export const CONTACT = z.object(CONTACT_FIELDS).meta({ id: "Contact" });

export const FULL_CONTACT = z
  .object({
    ...CONTACT_FIELDS,
    aliases: z.array(z.string()).meta({ description: "Other addresses of the same person on this channel." }),
    linked: z.array(z.object({ id: ID, channel: z.string() })),
    consents: z.array(CONSENT),
  })
  .meta({ id: "ContactWithDetails" });

export const CONTACT_EXAMPLE = {
  id: EXAMPLE_ID,
  channel: "twilio-sms",
  address: "+15550100142",
  link_id: null,
  created_at: EXAMPLE_TIMESTAMP,
};

export const FULL_CONTACT_EXAMPLE = {
  ...CONTACT_EXAMPLE,
  aliases: [],
  linked: [],
  consents: [
    { account_id: "main", state: "opted_out" as const, source: "keyword", changed_at: EXAMPLE_TIMESTAMP },
  ],
};

export const CONTACT_PARAMS = z.object({ contact_id: ID });

export function formatContact(contact: ContactRow): z.input<typeof CONTACT> {
  return {
    id: contact.id,
    channel: contact.channel,
    address: contact.address,
    link_id: contact.linkId,
    created_at: timestamp(contact.createdAt),
  };
}

export function formatFullContact(
  contact: ContactRow,
  details: ContactDetails,
): z.input<typeof FULL_CONTACT> {
  return {
    ...formatContact(contact),
    aliases: details.aliases,
    linked: details.linked,
    consents: details.consents.map(({ accountId, state, source, changedAt }) => ({
      account_id: accountId,
      state,
      source,
      changed_at: timestamp(changedAt),
    })),
  };
}
