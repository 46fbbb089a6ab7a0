import { z } from "zod";
import type { Vault } from "../../db/connection/vault.ts";
import { secretFingerprints } from "../../db/tenants/account-secrets.ts";
import type { TenantAccount } from "../../db/tenants/tenant-accounts.ts";
import { formatSettings, SETTINGS, SETTINGS_EXAMPLE } from "../../infra/channels/account-settings.ts";
import { webhookUrlOrNull } from "../../infra/channels/webhook-url.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const FINGERPRINT = z
  .string()
  .meta({ description: "Shows which of two secrets is set. The secret cannot be derived from it." });

const SCHEMA = z
  .object({
    channel: z.string(),
    id: z.string(),
    address: z.string(),
    external_id: z.string().nullable(),
    webhook_url: z
      .string()
      .nullable()
      .meta({ description: "The URL that the vendor has to call; null for web chat." }),
    secrets: z
      .object({
        inbound: z.array(FINGERPRINT),
        outbound: z.array(FINGERPRINT),
        handshake: FINGERPRINT.nullable(),
      })
      .meta({ description: "Fingerprints of the secrets that are set, the current one first." }),
    settings: SETTINGS,
    disabled_at: TIMESTAMP.nullable().meta({
      description: "Set while every send from this account is refused.",
    }),
    paused_at: TIMESTAMP.nullable().meta({
      description: "Set while the assistant sends nothing from this account.",
    }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "ChannelAccount" });

export const ACCOUNT = defineView(SCHEMA, {
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
});

/** The id of an account in a cursor: `channel/id`. */
export const ACCOUNT_CURSOR_ID = z.string().regex(/^[\w.:/-]{1,200}$/);

export function createFormatAccount({ vault, publicBaseUrl }: { vault: Vault; publicBaseUrl: string }) {
  return (account: TenantAccount): Shape<typeof ACCOUNT> => ({
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
