import { createTwilioForm } from "./twilio-form.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** WhatsApp by Twilio. */
export const twilioWhatsappContacts: FakeContacts = {
  address: { pattern: /^\+[1-9]\d{6,14}$/, rule: "a number such as +15554000001" },
  createAddress: (number) => `+1555${4_000_000 + number}`,
  signMessage: (config, { from, text }) =>
    createTwilioForm(config, "twilio-whatsapp", {
      From: `whatsapp:${from}`,
      To: `whatsapp:${config.TWILIO_WHATSAPP_FROM ?? ""}`,
      WaId: from.slice(1),
      Body: text,
    }),
};
