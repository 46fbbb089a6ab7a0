import { isWhatsappUserId } from "../../../infra/channels/whatsapp.ts";
import type { FieldProblem, InboundMessage } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

const PREFIX = "whatsapp:";
/** Where Twilio tells the business-scoped user id beside a phone number. Its own pages write both. */
const USER_ID_FIELDS = ["ExternalUserId", "ExternalUserIdentifier"] as const;
const PHONE = /^\+[1-9]\d{6,14}$/;

/**
 * Who wrote, without the prefix, which says only what the channel says already. The business-scoped id comes first: a phone number
 * may be hidden one day and be somebody else's the next. Both are told where both are there, so that one person does not become two.
 */
export function whatsappAddresses(form: TwilioForm): Pick<InboundMessage, "from" | "aliases"> | FieldProblem {
  const sender = form.text("From");
  if (!sender.startsWith(PREFIX)) {
    const message = `must begin with ${PREFIX}: let a number that takes text messages call the webhook of a twilio-sms account`;
    return { field: "From", message };
  }
  const address = bare(sender);
  const phone = phoneOf(address, form.text("WaId"));
  const userId = [address, ...USER_ID_FIELDS.map((name) => bare(form.text(name)))].find(isWhatsappUserId);
  if (userId !== undefined) return phone === null ? { from: userId } : { from: userId, aliases: [phone] };
  if (phone !== null) return { from: phone };
  return {
    field: "From",
    message: `must be ${PREFIX} and a phone number such as +15550100200, or a business-scoped user id such as US.1a2B3c`,
  };
}

/** `WaId` is the number without its plus sign, for those whose `From` is no number. */
function phoneOf(address: string, waId: string): string | null {
  return [address, `+${waId}`].find((number) => PHONE.test(number)) ?? null;
}

function bare(address: string): string {
  return address.startsWith(PREFIX) ? address.slice(PREFIX.length) : address;
}
