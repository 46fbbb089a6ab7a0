import { z } from "zod";
import { BOTH_SECRETS } from "./account-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import { optionalField } from "./setting-fields.ts";
import { readTwilioAccount, TWILIO_ACCOUNT_SID, TWILIO_FIELDS, TWILIO_SANDBOX } from "./vendors/twilio.ts";

const WHATSAPP_NUMBER = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, "must be the WhatsApp number at Twilio, such as +15550100200");

/** WhatsApp by Twilio. */
export const twilioWhatsapp = defineChannel({
  name: "twilio-whatsapp",
  hasWebhook: true,
  hasCarrierWords: true,
  textLimit: LONGEST_TEXT,
  // Twilio delivers no messages of groups.
  isDirect: (thread) => thread === "",
  settings: {
    ...TWILIO_FIELDS,
    TWILIO_WHATSAPP_FROM: optionalField(WHATSAPP_NUMBER, { needs: "TWILIO_ACCOUNT_SID" }),
  },
  replyUrlSetting: "TWILIO_BASE_URL",
  messageIdsAreOpaque: true,
  account: { address: WHATSAPP_NUMBER, externalId: TWILIO_ACCOUNT_SID, secrets: BOTH_SECRETS },
  readAccount: (settings) =>
    settings.TWILIO_WHATSAPP_FROM === undefined
      ? null
      : { ...readTwilioAccount(settings), address: settings.TWILIO_WHATSAPP_FROM, settings: {} },
  sandbox: { ...TWILIO_SANDBOX, createSettings: () => ({ TWILIO_WHATSAPP_FROM: "+15550100101" }) },
});
