import type { InboundChannel, ParsedBody } from "./channel.ts";
import { isTapback } from "./twilio/tapback.ts";
import { createTwilioEdge } from "./twilio/twilio-edge.ts";
import { twilioMessage } from "./twilio/twilio-message.ts";
import { readPress } from "./twilio/twilio-press.ts";

/** An E.164 number has 15 digits and an alphanumeric id 11 letters. Addresses of other networks are longer. */
const MAX_ADDRESS = 256;

/** SMS and MMS as Twilio posts them. */
export const twilioSms: InboundChannel = {
  name: "twilio-sms",
  quietWindowMs: 700,
  ...createTwilioEdge((form, account): ParsedBody => {
    const from = form.text("From");
    const problem = addressProblem(from);
    if (problem !== null) return { ok: false, problems: [{ field: "From", message: problem }] };
    if (from === account.address) return { ok: true, events: [{ kind: "ignored", what: "echo" }] };
    const text = form.text("Body");
    const reaction = isTapback(text) ? ({ origin: "tapback", treatment: "no_answer" } as const) : {};
    const content = { addresses: { from }, text, origin: readPress(form), ...reaction };
    return { ok: true, events: twilioMessage(form, content) };
  }),
};

function addressProblem(from: string): string | null {
  // A reply sent as SMS would leave from another number, or not arrive.
  if (from.startsWith("whatsapp:"))
    return "is on WhatsApp: let that number call the webhook of a twilio-whatsapp account";
  return from.length > MAX_ADDRESS ? `must be ${MAX_ADDRESS} characters at most` : null;
}
