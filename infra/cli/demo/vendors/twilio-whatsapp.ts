import { createTwilioForm } from "./twilio-form.ts";
import type { DemoVendor } from "./vendor.ts";

/** WhatsApp by way of Twilio. */
export const twilioWhatsapp: DemoVendor = {
  address: { pattern: /^\+[1-9]\d{6,14}$/, rule: "a number such as +15554000001" },
  createAddress: (number) => `+1555${4_000_000 + number}`,
  getReplyUrl: (config) => config.TWILIO_BASE_URL,
  sign: (config, { from, text }) =>
    createTwilioForm(config, "twilio-whatsapp", {
      From: `whatsapp:${from}`,
      To: `whatsapp:${config.TWILIO_WHATSAPP_FROM ?? ""}`,
      WaId: from.slice(1),
      Body: text,
    }),
};
