import { z } from "zod";
import type { ContactDetails, ContactRow } from "../../db/contacts/list-contacts.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: ID,
    channel: z.string(),
    address: z.string().nullable().meta({
      description:
        "The contact's address on the channel; null with `erased`, and for a key without contacts:read.",
    }),
    erased: z.boolean().meta({
      description: "The address cannot be decrypted: the contact's key was destroyed or is missing.",
    }),
    key_renewed_at: TIMESTAMP.nullable().meta({
      description: "When the contact wrote again after that. Texts from before are not readable.",
    }),
    link_id: ID.nullable().meta({
      description: "Contacts with one link id belong to the same human being; null without a link.",
    }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "Contact" });

const CONSENT = z.object({
  account_id: z.string(),
  state: z.enum(["opted_in", "opted_out"]),
  source: z.string().meta({ description: "The evidence: keyword, carrier:21610, operator." }),
  changed_at: TIMESTAMP,
});

export const CONTACT = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  channel: "twilio-sms",
  address: "+15550100142",
  erased: false,
  key_renewed_at: null,
  link_id: null,
  created_at: EXAMPLE_TIMESTAMP,
});

export const CONTACT_WITH_DETAILS = defineView(
  SCHEMA.extend({
    aliases: z.array(z.string()).meta({ description: "Other addresses of the contact on this channel." }),
    linked: z.array(z.object({ id: ID, channel: z.string() })),
    consents: z.array(CONSENT),
  }).meta({ id: "ContactWithDetails" }),
  {
    ...CONTACT.example,
    aliases: [],
    linked: [],
    consents: [{ account_id: "main", state: "opted_out", source: "keyword", changed_at: EXAMPLE_TIMESTAMP }],
  },
);

export function formatContact(contact: ContactRow): Shape<typeof CONTACT> {
  return {
    id: contact.id,
    channel: contact.channel,
    address: contact.address,
    erased: contact.address === null,
    key_renewed_at: timestampOrNull(contact.keyRenewedAt),
    link_id: contact.linkId,
    created_at: timestamp(contact.createdAt),
  };
}

export function formatContactWithDetails({
  contact,
  details,
}: {
  contact: ContactRow;
  details: ContactDetails;
}): Shape<typeof CONTACT_WITH_DETAILS> {
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
