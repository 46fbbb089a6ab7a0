import { isWhatsappUserId } from "../../../infra/channels/whatsapp.ts";
import type { FieldProblem, InboundMessage } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

const PREFIX = "whatsapp:";
/** The fields in which Twilio gives the business-scoped user id next to a phone number. Its documentation uses both names. */
const USER_ID_FIELDS = ["ExternalUserId", "ExternalUserIdentifier"] as const;
const PHONE = /^\+[1-9]\d{6,14}$/;

/**
 * The contact's addresses, without the prefix that only repeats the channel. The business-scoped id comes first: a phone number may
 * be hidden, and may belong to another contact later. Both are kept where both are known, so that one contact does not become two.
 */
export function whatsappAddresses(form: TwilioForm): Pick<InboundMessage, "from" | "aliases"> | FieldProblem {
  const contact = form.text("From");
  if (!contact.startsWith(PREFIX)) {
    const message = `must begin with ${PREFIX}: let a number that takes text messages call the webhook of a twilio-sms account`;
    return { field: "From", message };
  }
  const address = bare(contact);
  const phone = phoneOf(address, form.text("WaId"));
  const userId = [address, ...USER_ID_FIELDS.map((name) => bare(form.text(name)))].find(isWhatsappUserId);
  if (userId !== undefined) return phone === null ? { from: userId } : { from: userId, aliases: [phone] };
  if (phone !== null) return { from: phone };
  return {
    field: "From",
    message: `must be ${PREFIX} and a phone number such as +15550100200, or a business-scoped user id such as US.1a2B3c`,
  };
}

/** `WaId` is the number without its plus sign, for contacts whose `From` is not a number. */
function phoneOf(address: string, waId: string): string | null {
  return [address, `+${waId}`].find((number) => PHONE.test(number)) ?? null;
}

function bare(address: string): string {
  return address.startsWith(PREFIX) ? address.slice(PREFIX.length) : address;
}
