import { z } from "zod";
import { secret } from "../runtime/config/setting-kinds.ts";
import { BOTH_SECRETS } from "./account-kinds.ts";
import { defineChannel } from "./channel-descriptor.ts";
import {
  agentIdsField,
  baseUrlField,
  listSecrets,
  previousSecret,
  requiredField,
  toSharedPlaceSettings,
} from "./setting-fields.ts";

const BOT_USER_ID = z
  .string()
  .regex(/^U[0-9a-f]{32}$/, "must be the bot's user id: U and 32 hexadecimal digits");

/** LINE's Messaging API. */
export const line = defineChannel({
  name: "line",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: 10_000,
  // A thread is the id of a group or room.
  isDirect: (thread) => thread === "",
  settings: {
    LINE_BOT_USER_ID: requiredField(BOT_USER_ID),
    LINE_CHANNEL_ACCESS_TOKEN: requiredField(secret, { secret: true }),
    LINE_CHANNEL_SECRET: requiredField(secret, { secret: true }),
    LINE_CHANNEL_SECRET_PREVIOUS: previousSecret("LINE_CHANNEL_SECRET", secret),
    LINE_AGENT_IDS: agentIdsField,
    LINE_BASE_URL: baseUrlField("https://api.line.me"),
  },
  replyUrlSetting: "LINE_BASE_URL",
  messageIdsAreOpaque: true,
  account: { address: BOT_USER_ID, externalId: BOT_USER_ID, secrets: BOTH_SECRETS },
  readAccount: (settings) => ({
    address: settings.LINE_BOT_USER_ID,
    externalId: settings.LINE_BOT_USER_ID,
    secrets: {
      inbound: listSecrets(settings.LINE_CHANNEL_SECRET, settings.LINE_CHANNEL_SECRET_PREVIOUS),
      outbound: [settings.LINE_CHANNEL_ACCESS_TOKEN],
    },
    settings: toSharedPlaceSettings(settings.LINE_AGENT_IDS),
  }),
  sandbox: {
    fake: "line",
    realWith: "LINE_CHANNEL_ACCESS_TOKEN",
    createSecrets: ({ hex }) => ({ LINE_CHANNEL_ACCESS_TOKEN: hex(), LINE_CHANNEL_SECRET: hex() }),
    createSettings: (fakeUrl) => ({
      LINE_BOT_USER_ID: `U${"0".repeat(31)}1`,
      LINE_BASE_URL: fakeUrl,
    }),
  },
});
