import { z } from "zod";
import type { Vault } from "../../db/connection/vault.ts";
import { secretFingerprints } from "../../db/tenants/account-secrets.ts";
import type { TenantAccount } from "../../db/tenants/tenant-accounts.ts";
import { formatSettings, SETTINGS, SETTINGS_EXAMPLE } from "../../infra/channels/account-settings.ts";
import { webhookUrlOrNull } from "../../infra/channels/webhook-url.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import type { AccountEffect } from "../operations/account-effect.ts";
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
      .nullable()
      .meta({
        description:
          "Fingerprints of the secrets that are set, the current one first. Null while the server has no key that decrypts them; requests for the account are then rejected.",
      }),
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

const EFFECT = z
  .object({
    state: z.enum(["in_effect", "pending", "unreadable"]).meta({
      description:
        "in_effect: every ingress process uses the change. pending: some have not confirmed it yet; send the same request again to ask. unreadable: a process has no key for the account and rejects its requests.",
    }),
    processes: z.int().meta({ description: "The ingress processes that run." }),
    confirmed: z.int().meta({ description: "Those that use the change." }),
  })
  .meta({ id: "AccountEffect" });

/** The account after a change, and whether the change is in effect. */
export const CHANGED_ACCOUNT = defineView(
  SCHEMA.extend({ effect: EFFECT }).meta({ id: "ChangedChannelAccount" }),
  { ...ACCOUNT.example, effect: { state: "in_effect", processes: 2, confirmed: 2 } },
);

/** The id of an account in a cursor: `channel/id`. */
export const ACCOUNT_CURSOR_ID = z.string().regex(/^[\w.:/-]{1,200}$/);

export function createFormatAccount({ vault, publicBaseUrl }: { vault: Vault; publicBaseUrl: string }) {
  return (account: TenantAccount): Shape<typeof ACCOUNT> => ({
    channel: account.channel,
    id: account.accountId,
    address: account.address,
    external_id: account.externalId,
    webhook_url: webhookUrlOrNull(publicBaseUrl, account),
    secrets: account.secrets === null ? null : secretFingerprints(vault, account.secrets),
    settings: formatSettings(account.settings),
    disabled_at: timestampOrNull(account.disabledAt),
    paused_at: timestampOrNull(account.pausedAt),
    created_at: timestamp(account.createdAt),
  });
}

export function createFormatChangedAccount(dependencies: { vault: Vault; publicBaseUrl: string }) {
  const format = createFormatAccount(dependencies);
  return ({
    account,
    effect,
  }: {
    account: TenantAccount;
    effect: AccountEffect;
  }): Shape<typeof CHANGED_ACCOUNT> => ({ ...format(account), effect });
}
