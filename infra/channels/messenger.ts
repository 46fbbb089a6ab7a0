import { comparedSecret, secret } from "../runtime/config/setting-kinds.ts";
import { SECRETS_WITH_HANDSHAKE } from "./account-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import { baseUrlField, previousSecret, requiredField } from "./setting-fields.ts";
import { digits, toMetaSecrets } from "./vendors/meta.ts";

const PAGE_ID = digits("the page's id");
const APP_ID = digits("the Meta app's id");

/** Messages to a Facebook page. */
export const messenger = defineChannel({
  name: "messenger",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: LONGEST_TEXT,
  // Meta delivers no group chats to a page.
  isDirect: (thread) => thread === "",
  settings: {
    FACEBOOK_PAGE_ID: requiredField(PAGE_ID),
    FACEBOOK_APP_ID: requiredField(APP_ID),
    FACEBOOK_PAGE_ACCESS_TOKEN: requiredField(secret, { secret: true }),
    FACEBOOK_APP_SECRET: requiredField(secret, { secret: true }),
    FACEBOOK_APP_SECRET_PREVIOUS: previousSecret("FACEBOOK_APP_SECRET", secret),
    FACEBOOK_VERIFY_TOKEN: requiredField(comparedSecret, { secret: true, isOwn: true }),
    FACEBOOK_BASE_URL: baseUrlField("https://graph.facebook.com"),
  },
  replyUrlSetting: "FACEBOOK_BASE_URL",
  messageIdsAreOpaque: false,
  account: { address: APP_ID, externalId: PAGE_ID, secrets: SECRETS_WITH_HANDSHAKE },
  readAccount: (settings) => ({
    address: settings.FACEBOOK_APP_ID,
    externalId: settings.FACEBOOK_PAGE_ID,
    secrets: toMetaSecrets({
      appSecret: settings.FACEBOOK_APP_SECRET,
      previousAppSecret: settings.FACEBOOK_APP_SECRET_PREVIOUS,
      accessToken: settings.FACEBOOK_PAGE_ACCESS_TOKEN,
      verifyToken: settings.FACEBOOK_VERIFY_TOKEN,
    }),
    settings: {},
  }),
  sandbox: {
    fake: "messenger",
    realWith: "FACEBOOK_PAGE_ACCESS_TOKEN",
    createSecrets: ({ hex }) => ({
      FACEBOOK_PAGE_ACCESS_TOKEN: hex(),
      FACEBOOK_APP_SECRET: hex(),
      FACEBOOK_VERIFY_TOKEN: hex(),
    }),
    createSettings: (fakeUrl) => ({
      FACEBOOK_PAGE_ID: "100000000000101",
      FACEBOOK_APP_ID: "100000000000100",
      FACEBOOK_BASE_URL: fakeUrl,
    }),
  },
});
