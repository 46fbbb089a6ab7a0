import { BOTH_SECRETS } from "./account-kinds.ts";
import { defineChannel } from "./channel-descriptor.ts";
import { quietWindowField, toQuietWindow } from "./setting-fields.ts";
import {
  readTwilioAccount,
  TWILIO_ACCOUNT_SID,
  TWILIO_FIELDS,
  TWILIO_FROM,
  TWILIO_SANDBOX,
} from "./vendors/twilio.ts";

/** SMS by Twilio. */
export const twilioSms = defineChannel({
  name: "twilio-sms",
  hasWebhook: true,
  hasCarrierWords: true,
  textLimit: 1_600,
  // One number writes to one number.
  isDirect: (thread) => thread === "",
  settings: { ...TWILIO_FIELDS, PARLEY_QUIET_WINDOW_SMS_MS: quietWindowField },
  replyUrlSetting: "TWILIO_BASE_URL",
  messageIdsAreOpaque: true,
  account: { address: TWILIO_FROM, externalId: TWILIO_ACCOUNT_SID, secrets: BOTH_SECRETS },
  readAccount: (settings) => ({
    ...readTwilioAccount(settings),
    address: settings.TWILIO_FROM,
    settings: toQuietWindow(settings.PARLEY_QUIET_WINDOW_SMS_MS),
  }),
  sandbox: {
    ...TWILIO_SANDBOX,
    createSettings: (fakeUrl) => ({ TWILIO_FROM: "+15550100100", TWILIO_BASE_URL: fakeUrl }),
  },
});
