import { z } from "zod";
import { secretPrints } from "../../db/account-secrets.ts";
import type { TenantAccount } from "../../db/tenant-accounts.ts";
import type { Vault } from "../../db/vault.ts";
import {
  SETTINGS,
  SETTINGS_CHANGE,
  SETTINGS_EXAMPLE,
  showSettings,
} from "../../infra/runtime/account-settings.ts";
import { ACCOUNT_ID, CHANNEL, text } from "../../infra/runtime/field-rules.ts";
import { WEB } from "../../db/web-stream.ts";
import { webhookUrl } from "../../infra/runtime/webhook-url.ts";
import { EXAMPLE_MOMENT, MOMENT, moment, momentOrNull } from "./fields.ts";

const PRINT = z.string().meta({ description: "Tells one secret from another, and nothing about either." });

export const ACCOUNT = z
  .object({
    channel: z.string(),
    id: z.string(),
    sender: z.string(),
    external_id: z.string().nullable(),
    webhook_url: z
      .string()
      .nullable()
      .meta({ description: "Where the vendor has to send what happens; null for web chat, which has none." }),
    secrets: z
      .object({ inbound: z.array(PRINT), outbound: z.array(PRINT), handshake: PRINT.nullable() })
      .meta({ description: "Fingerprints of the secrets that are set, the current one first." }),
    settings: SETTINGS,
    disabled_at: MOMENT.nullable().meta({ description: "Nothing is sent from here until it is enabled." }),
    paused_at: MOMENT.nullable(),
    created_at: MOMENT,
  })
  .meta({ id: "ChannelAccount" });

export const ACCOUNT_EXAMPLE = {
  channel: "twilio-sms",
  id: "9f86d081884c7d65",
  sender: "+15550100200",
  external_id: "AC00000000000000000000000000000000",
  webhook_url: "https://chat.example.com/webhooks/twilio-sms/9f86d081884c7d65",
  secrets: { inbound: ["5e884898da28"], outbound: ["5e884898da28"], handshake: null },
  settings: SETTINGS_EXAMPLE,
  disabled_at: null,
  paused_at: null,
  created_at: EXAMPLE_MOMENT,
};

export const ACCOUNT_PARAMS = z.object({ channel: CHANNEL, account_id: ACCOUNT_ID });

const SECRET = z.string().meta({ description: "Goes in and never comes out." });
export const NEW_SECRETS = z.strictObject({
  inbound: SECRET.optional(),
  outbound: SECRET.optional(),
  handshake: SECRET.optional(),
});

export const NEW_ACCOUNT = z.strictObject({
  channel: text(64),
  sender: text(2_000).meta({
    description: "A number, a bot's id, the URL that receives replies: by channel.",
  }),
  external_id: text(200)
    .nullable()
    .default(null)
    .meta({ description: "The vendor's id that what comes in is checked against." }),
  secrets: NEW_SECRETS.default({}),
  settings: SETTINGS_CHANGE.optional(),
});

export const NEW_ACCOUNT_EXAMPLE = {
  channel: "twilio-sms",
  sender: "+15550100200",
  external_id: "AC00000000000000000000000000000000",
  secrets: { inbound: "the account's auth token", outbound: "the account's auth token" },
};

export function accountKey(tenantId: string, params: z.output<typeof ACCOUNT_PARAMS>) {
  return { tenantId, channel: params.channel, accountId: params.account_id };
}

export function createShowAccount({ vault, publicBaseUrl }: { vault: Vault; publicBaseUrl: string }) {
  return (account: TenantAccount): z.input<typeof ACCOUNT> => ({
    channel: account.channel,
    id: account.accountId,
    sender: account.sender,
    external_id: account.externalId,
    webhook_url: account.channel === WEB ? null : webhookUrl(publicBaseUrl, account),
    secrets: secretPrints(vault, account.secrets),
    settings: showSettings(account.settings),
    disabled_at: momentOrNull(account.disabledAt),
    paused_at: momentOrNull(account.pausedAt),
    created_at: moment(account.createdAt),
  });
}
