import { z } from "zod";
import { httpUrl, signingSecret, verifyingSecret } from "../runtime/config/setting-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import {
  listSecrets,
  previousSecret,
  quietWindowField,
  requiredField,
  toQuietWindow,
} from "./setting-fields.ts";

/** Signed webhooks in both directions, by Standard Webhooks. */
export const webhook = defineChannel({
  name: "webhook",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: LONGEST_TEXT,
  // Who else reads a thread of the caller is unknown.
  isDirect: (thread) => thread === "",
  settings: {
    WEBHOOK_SECRET: requiredField(verifyingSecret, { secret: true, isOwn: true }),
    WEBHOOK_SECRET_PREVIOUS: previousSecret("WEBHOOK_SECRET", verifyingSecret),
    WEBHOOK_DELIVERY_URL: requiredField(httpUrl),
    WEBHOOK_DELIVERY_SECRET: requiredField(signingSecret, { secret: true, isOwn: true }),
    WEBHOOK_DELIVERY_SECRET_PREVIOUS: previousSecret("WEBHOOK_DELIVERY_SECRET", signingSecret),
    PARLEY_QUIET_WINDOW_WEBHOOK_MS: quietWindowField,
  },
  replyUrlSetting: "WEBHOOK_DELIVERY_URL",
  messageIdsAreOpaque: true,
  account: {
    address: httpUrl,
    addressIsReplyUrl: true,
    externalId: z.null("must be left out: a signed webhook has none"),
    secrets: z.strictObject({ inbound: verifyingSecret, outbound: signingSecret }),
  },
  readAccount: (settings) => ({
    address: settings.WEBHOOK_DELIVERY_URL,
    externalId: null,
    secrets: {
      inbound: listSecrets(settings.WEBHOOK_SECRET, settings.WEBHOOK_SECRET_PREVIOUS),
      outbound: listSecrets(settings.WEBHOOK_DELIVERY_SECRET, settings.WEBHOOK_DELIVERY_SECRET_PREVIOUS),
    },
    settings: toQuietWindow(settings.PARLEY_QUIET_WINDOW_WEBHOOK_MS),
  }),
  sandbox: {
    fake: "sink",
    realWith: "WEBHOOK_SECRET",
    createSecrets: ({ base64 }) => ({
      WEBHOOK_SECRET: `whsec_${base64()}`,
      WEBHOOK_DELIVERY_SECRET: `whsec_${base64()}`,
    }),
    createSettings: (fakeUrl, { WEBHOOK_DELIVERY_SECRET: given }) => ({
      // The sink checks signatures with the environment's secret where it has one.
      ...(given === undefined ? {} : { WEBHOOK_DELIVERY_SECRET: given }),
      WEBHOOK_DELIVERY_URL: `${fakeUrl}/hooks/replies`,
    }),
  },
});
