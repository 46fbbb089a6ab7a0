import { createTwilioForm } from "./twilio-form.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Text messages by Twilio. */
export const twilioSmsContacts: FakeContacts = {
  address: { pattern: /^\+?\d{3,15}$/, rule: "a number such as +15552000001" },
  // Numbers of the area code 555, which is not assigned.
  createAddress: (number) => `+1555${2_000_000 + number}`,
  signMessage: (config, { from, text }) =>
    createTwilioForm(config, "twilio-sms", { From: from, To: config.TWILIO_FROM ?? "", Body: text }),
};
