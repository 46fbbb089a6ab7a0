import { z } from "zod";
import { secretFingerprints } from "../../db/tenants/account-secrets.ts";
import type { TenantAccount } from "../../db/tenants/tenant-accounts.ts";
import type { Vault } from "../../db/connection/vault.ts";
import {
  SETTINGS,
  SETTINGS_CHANGE,
  SETTINGS_EXAMPLE,
  formatSettings,
} from "../../infra/channels/account-settings.ts";
import { ACCOUNT_ID, CHANNEL, text } from "../../infra/runtime/config/field-rules.ts";
import { webhookUrlOrNull } from "../../infra/channels/webhook-url.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

const FINGERPRINT = z
  .string()
  .meta({ description: "Tells one secret from another, and nothing about either." });

export const ACCOUNT = z
  .object({
    channel: z.string(),
    id: z.string(),
    address: z.string(),
    external_id: z.string().nullable(),
    webhook_url: z
      .string()
      .nullable()
      .meta({ description: "Where the vendor has to send what happens; null for web chat, which has none." }),
    secrets: z
      .object({
        inbound: z.array(FINGERPRINT),
        outbound: z.array(FINGERPRINT),
        handshake: FINGERPRINT.nullable(),
      })
      .meta({ description: "Fingerprints of the secrets that are set, the current one first." }),
    settings: SETTINGS,
    disabled_at: TIMESTAMP.nullable().meta({ description: "Nothing is sent from here until it is enabled." }),
    paused_at: TIMESTAMP.nullable(),
    created_at: TIMESTAMP,
  })
  .meta({ id: "ChannelAccount" });

export const ACCOUNT_EXAMPLE = {
  channel: "twilio-sms",
  id: "9f86d081884c7d65",
  address: "+15550100200",
  external_id: "AC00000000000000000000000000000000",
  webhook_url: "https://chat.example.com/webhooks/twilio-sms/9f86d081884c7d65",
  secrets: { inbound: ["5e884898da28"], outbound: ["5e884898da28"], handshake: null },
  settings: SETTINGS_EXAMPLE,
  disabled_at: null,
  paused_at: null,
  created_at: EXAMPLE_TIMESTAMP,
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
  address: text(2_000).meta({
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
  address: "+15550100200",
  external_id: "AC00000000000000000000000000000000",
  secrets: { inbound: "the account's auth token", outbound: "the account's auth token" },
};

export function accountKey(tenantId: string, params: z.output<typeof ACCOUNT_PARAMS>) {
  return { tenantId, channel: params.channel, accountId: params.account_id };
}

export function createFormatAccount({ vault, publicBaseUrl }: { vault: Vault; publicBaseUrl: string }) {
  return (account: TenantAccount): z.input<typeof ACCOUNT> => ({
    channel: account.channel,
    id: account.accountId,
    address: account.address,
    external_id: account.externalId,
    webhook_url: webhookUrlOrNull(publicBaseUrl, account),
    secrets: secretFingerprints(vault, account.secrets),
    settings: formatSettings(account.settings),
    disabled_at: timestampOrNull(account.disabledAt),
    paused_at: timestampOrNull(account.pausedAt),
    created_at: timestamp(account.createdAt),
  });
}
