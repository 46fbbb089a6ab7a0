import { z } from "zod";
import { secret } from "../runtime/config/setting-kinds.ts";
import { BOTH_SECRETS } from "./account-kinds.ts";
import { defineChannel, LONGEST_TEXT } from "./channel-descriptor.ts";
import {
  agentIdsField,
  baseUrlField,
  listSecrets,
  previousSecret,
  requiredField,
  toSharedPlaceSettings,
} from "./setting-fields.ts";

const TEAM_ID = z.string().regex(/^[TE][A-Z0-9]{2,}$/, "must be the workspace's id, such as T0123456789");
const BOT_USER_ID = z.string().regex(/^[UWB][A-Z0-9]{2,}$/, "must be the bot's user id, such as U0123456789");

/** The workspace of the sandbox's fake, and our bot user in it. */
export const SLACK_SANDBOX_TEAM = "T0PARLEY000";
export const SLACK_SANDBOX_BOT_USER = "U0PARLEYBOT";

/** Slack's Events API and Web API. */
export const slack = defineChannel({
  name: "slack",
  hasWebhook: true,
  hasCarrierWords: false,
  textLimit: LONGEST_TEXT,
  // Ids of direct messages begin with D, those of channels and group messages with C or G. A slash command has no thread, and its
  // reply is a direct message.
  isDirect: (thread) => thread === "" || thread.startsWith("D"),
  settings: {
    SLACK_TEAM_ID: requiredField(TEAM_ID),
    SLACK_BOT_USER_ID: requiredField(BOT_USER_ID),
    SLACK_BOT_TOKEN: requiredField(secret, { secret: true }),
    SLACK_SIGNING_SECRET: requiredField(secret, { secret: true }),
    SLACK_SIGNING_SECRET_PREVIOUS: previousSecret("SLACK_SIGNING_SECRET", secret),
    SLACK_AGENT_IDS: agentIdsField,
    SLACK_BASE_URL: baseUrlField("https://slack.com/api"),
  },
  replyUrlSetting: "SLACK_BASE_URL",
  // Our ids begin with the channel, and the channel of a direct message is an id of the contact.
  messageIdsAreOpaque: false,
  account: { address: BOT_USER_ID, externalId: TEAM_ID, secrets: BOTH_SECRETS },
  readAccount: (settings) => ({
    address: settings.SLACK_BOT_USER_ID,
    externalId: settings.SLACK_TEAM_ID,
    secrets: {
      inbound: listSecrets(settings.SLACK_SIGNING_SECRET, settings.SLACK_SIGNING_SECRET_PREVIOUS),
      outbound: [settings.SLACK_BOT_TOKEN],
    },
    settings: toSharedPlaceSettings(settings.SLACK_AGENT_IDS),
  }),
  sandbox: {
    fake: "slack",
    realWith: "SLACK_BOT_TOKEN",
    createSecrets: ({ hex }) => ({ SLACK_BOT_TOKEN: `xoxb-${hex()}`, SLACK_SIGNING_SECRET: hex() }),
    createSettings: (fakeUrl) => ({
      SLACK_TEAM_ID: SLACK_SANDBOX_TEAM,
      SLACK_BOT_USER_ID: SLACK_SANDBOX_BOT_USER,
      SLACK_BASE_URL: `${fakeUrl}/api`,
    }),
  },
});
