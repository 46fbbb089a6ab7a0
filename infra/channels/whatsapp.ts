import { comparedSecret, secret } from "../runtime/config/setting-kinds.ts";
import { SECRETS_WITH_HANDSHAKE } from "./account-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import { baseUrlField, previousSecret, requiredField } from "./setting-fields.ts";
import { digits, toMetaSecrets } from "./vendors/meta.ts";

const PHONE_NUMBER_ID = digits("the phone_number_id");

/** Business-scoped user id: a country, ENT in the scope of a parent business, and an opaque part. Kept byte for byte. */
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** WhatsApp has two kinds of addresses. An address that is not a business-scoped user id is a phone number. */
export function isWhatsappUserId(address: string): boolean {
  return USER_ID.test(address);
}

/** WhatsApp's Cloud API. */
export const whatsapp = defineChannel({
  name: "whatsapp",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: LONGEST_TEXT,
  // Messages in groups are ignored.
  isDirect: (thread) => thread === "",
  settings: {
    WHATSAPP_PHONE_NUMBER_ID: requiredField(PHONE_NUMBER_ID),
    WHATSAPP_ACCESS_TOKEN: requiredField(secret, { secret: true }),
    WHATSAPP_APP_SECRET: requiredField(secret, { secret: true }),
    WHATSAPP_APP_SECRET_PREVIOUS: previousSecret("WHATSAPP_APP_SECRET", secret),
    WHATSAPP_VERIFY_TOKEN: requiredField(comparedSecret, { secret: true, isOwn: true }),
    WHATSAPP_BASE_URL: baseUrlField("https://graph.facebook.com"),
  },
  replyUrlSetting: "WHATSAPP_BASE_URL",
  // The ids contain the contact's phone number in base64.
  messageIdsAreOpaque: false,
  account: { address: PHONE_NUMBER_ID, externalId: PHONE_NUMBER_ID, secrets: SECRETS_WITH_HANDSHAKE },
  readAccount: (settings) => ({
    address: settings.WHATSAPP_PHONE_NUMBER_ID,
    externalId: settings.WHATSAPP_PHONE_NUMBER_ID,
    secrets: toMetaSecrets({
      appSecret: settings.WHATSAPP_APP_SECRET,
      previousAppSecret: settings.WHATSAPP_APP_SECRET_PREVIOUS,
      accessToken: settings.WHATSAPP_ACCESS_TOKEN,
      verifyToken: settings.WHATSAPP_VERIFY_TOKEN,
    }),
    settings: {},
  }),
  sandbox: {
    fake: "whatsapp",
    realWith: "WHATSAPP_ACCESS_TOKEN",
    createSecrets: ({ hex }) => ({
      WHATSAPP_ACCESS_TOKEN: hex(),
      WHATSAPP_APP_SECRET: hex(),
      WHATSAPP_VERIFY_TOKEN: hex(),
    }),
    createSettings: (fakeUrl) => ({
      WHATSAPP_PHONE_NUMBER_ID: "100000000000103",
      WHATSAPP_BASE_URL: fakeUrl,
    }),
  },
});
