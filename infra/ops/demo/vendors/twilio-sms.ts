import { twilioForm } from "./twilio-form.ts";
import type { Vendor } from "./vendor.ts";

/** Text messages by way of Twilio. */
export const twilioSms: Vendor = {
  address: { pattern: /^\+?\d{3,15}$/, rule: "a number such as +15552000001" },
  // Numbers of the area code 555, which nobody has.
  person: (number) => `+1555${2_000_000 + number}`,
  answersGoTo: (config) => config.TWILIO_BASE_URL,
  sign: (config, { from, text }) =>
    twilioForm(config, "twilio-sms", { From: from, To: config.TWILIO_FROM ?? "", Body: text }),
};
