/** The channels Parley speaks; the word stands in webhook paths, in `channel_accounts.channel` and in search attributes. */
export const CHANNELS = ["webhook", "twilio-sms"] as const;
export type ChannelName = (typeof CHANNELS)[number];

export function isChannel(name: string): name is ChannelName {
  return (CHANNELS as readonly string[]).includes(name);
}

/** One sender of a tenant on one channel, with its secrets already decrypted. Never log one whole. */
export interface ChannelAccount {
  tenantId: string;
  accountId: string;
  channel: ChannelName;
  /** Our own address: an E.164 number for SMS, the https URL that receives replies for a webhook. */
  sender: string;
  /** The vendor's id of the account (Twilio's AccountSid), or null where there is none. */
  externalId: string | null;
  secrets: {
    /** Secrets an inbound signature may be made with: the current one first, then previous ones. */
    inbound: readonly string[];
    /** Secrets we sign or authenticate outbound calls with: the current one first. */
    outbound: readonly string[];
  };
}
