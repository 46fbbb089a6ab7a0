import { z } from "zod";
import { isWhatsappUserId } from "../../../infra/channels/whatsapp.ts";
import { META_ID } from "../meta/meta-body.ts";

const CONTACT = z.looseObject({ wa_id: META_ID, user_id: META_ID.refine(isWhatsappUserId) });

/** The two ids of each contact for which `contacts[]` has both the number and the business-scoped user id. */
export type WhatsappContacts = readonly { phone: string; userId: string }[];

export function whatsappContacts(contacts: unknown): WhatsappContacts {
  if (!Array.isArray(contacts)) return [];
  return contacts.flatMap((item: unknown) => {
    const contact = CONTACT.safeParse(item).data;
    return contact === undefined ? [] : [{ phone: contact.wa_id, userId: contact.user_id }];
  });
}

/**
 * The business-scoped id comes first: a phone number may be hidden, and may belong to another contact later. Both are kept where
 * both are known, so that one contact does not become two. Null where there is neither.
 */
export function whatsappAddresses(
  { phone, userId }: { phone: string | undefined; userId: string | undefined },
  contacts: WhatsappContacts,
): { from: string; aliases?: string[] } | null {
  const scoped = userId !== undefined && isWhatsappUserId(userId) ? userId : undefined;
  const known = contacts.find((contact) => contact.phone === phone || contact.userId === scoped);
  const [from, alias] = [scoped ?? known?.userId, phone ?? known?.phone];
  if (from === undefined) return alias === undefined ? null : { from: alias };
  return alias === undefined ? { from } : { from, aliases: [alias] };
}
