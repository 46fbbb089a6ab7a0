import { comparedSecret, secret } from "../runtime/config/setting-kinds.ts";
import { SECRETS_WITH_HANDSHAKE } from "./account-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import { baseUrlField, previousSecret, requiredField } from "./setting-fields.ts";
import { digits, toMetaSecrets } from "./vendors/meta.ts";

const ACCOUNT_ID = digits("the Instagram professional account's id");
const APP_ID = digits("the Meta app's id");

/** Direct messages to an Instagram professional account. */
export const instagram = defineChannel({
  name: "instagram",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: LONGEST_TEXT,
  // Meta delivers no group chats to an account.
  isDirect: (thread) => thread === "",
  settings: {
    INSTAGRAM_ACCOUNT_ID: requiredField(ACCOUNT_ID),
    INSTAGRAM_APP_ID: requiredField(APP_ID),
    INSTAGRAM_ACCESS_TOKEN: requiredField(secret, { secret: true }),
    INSTAGRAM_APP_SECRET: requiredField(secret, { secret: true }),
    INSTAGRAM_APP_SECRET_PREVIOUS: previousSecret("INSTAGRAM_APP_SECRET", secret),
    INSTAGRAM_VERIFY_TOKEN: requiredField(comparedSecret, { secret: true, isOwn: true }),
    INSTAGRAM_BASE_URL: baseUrlField("https://graph.instagram.com"),
  },
  replyUrlSetting: "INSTAGRAM_BASE_URL",
  // The ids contain the ids of both sides in base64.
  messageIdsAreOpaque: false,
  account: { address: APP_ID, externalId: ACCOUNT_ID, secrets: SECRETS_WITH_HANDSHAKE },
  readAccount: (settings) => ({
    address: settings.INSTAGRAM_APP_ID,
    externalId: settings.INSTAGRAM_ACCOUNT_ID,
    secrets: toMetaSecrets({
      appSecret: settings.INSTAGRAM_APP_SECRET,
      previousAppSecret: settings.INSTAGRAM_APP_SECRET_PREVIOUS,
      accessToken: settings.INSTAGRAM_ACCESS_TOKEN,
      verifyToken: settings.INSTAGRAM_VERIFY_TOKEN,
    }),
    settings: {},
  }),
  sandbox: {
    // The Messenger fake also serves Instagram's host, under this path.
    fake: "messenger",
    realWith: "INSTAGRAM_ACCESS_TOKEN",
    createSecrets: ({ hex }) => ({
      INSTAGRAM_ACCESS_TOKEN: hex(),
      INSTAGRAM_APP_SECRET: hex(),
      INSTAGRAM_VERIFY_TOKEN: hex(),
    }),
    createSettings: (fakeUrl) => ({
      INSTAGRAM_ACCOUNT_ID: "17840000000000102",
      INSTAGRAM_APP_ID: "100000000000100",
      INSTAGRAM_BASE_URL: `${fakeUrl}/graph.instagram.com`,
    }),
  },
});
