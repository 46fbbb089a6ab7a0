import { twilioForm } from "./twilio-form.ts";
import type { Vendor } from "./vendor.ts";

/** WhatsApp by way of Twilio. */
export const twilioWhatsapp: Vendor = {
  address: { pattern: /^\+[1-9]\d{6,14}$/, rule: "a number such as +15554000001" },
  person: (number) => `+1555${4_000_000 + number}`,
  answersGoTo: (config) => config.TWILIO_BASE_URL,
  sign: (config, { from, text }) =>
    twilioForm(config, "twilio-whatsapp", {
      From: `whatsapp:${from}`,
      To: `whatsapp:${config.TWILIO_WHATSAPP_FROM ?? ""}`,
      WaId: from.slice(1),
      Body: text,
    }),
};
