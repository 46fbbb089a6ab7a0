import { z } from "zod";
import type { TenantAccount } from "../../db/tenant-accounts.ts";
import type { Vault } from "../../db/vault.ts";
import { SETTINGS, SETTINGS_CHANGE, SETTINGS_EXAMPLE, showSettings } from "./account-settings.ts";
import { ACCOUNT_ID, CHANNEL, EXAMPLE_MOMENT, MOMENT, moment, momentOrNull, text } from "./fields.ts";

const PRINT = z.string().meta({ description: "Tells one secret from another, and nothing about either." });

export const ACCOUNT = z
  .object({
    channel: z.string(),
    id: z.string(),
    sender: z.string(),
    external_id: z.string().nullable(),
    webhook_url: z.string().meta({ description: "Where the vendor has to send what happens." }),
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
  // A keyed hash: who sees it cannot try out which secret it may be of.
  const print = (secret: string) => vault.hash(`fingerprint\n${secret}`).toString("hex").slice(0, 12);
  return (account: TenantAccount): z.input<typeof ACCOUNT> => ({
    channel: account.channel,
    id: account.accountId,
    sender: account.sender,
    external_id: account.externalId,
    webhook_url: `${publicBaseUrl.replace(/\/$/, "")}/webhooks/${account.channel}/${encodeURIComponent(account.accountId)}`,
    secrets: {
      inbound: account.secrets.inbound.map(print),
      outbound: account.secrets.outbound.map(print),
      handshake: account.secrets.handshake === undefined ? null : print(account.secrets.handshake),
    },
    settings: showSettings(account.settings),
    disabled_at: momentOrNull(account.disabledAt),
    paused_at: momentOrNull(account.pausedAt),
    created_at: moment(account.createdAt),
  });
}
