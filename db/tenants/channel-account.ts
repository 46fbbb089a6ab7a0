/**
 * The name of a channel in webhook paths, in `channel_accounts.channel` and in search attributes: see
 * `infra/channels/registry.ts`.
 */
export type ChannelName = string;

/** One account of a tenant on one channel, with its secrets in clear. Never log a whole account. */
export interface ChannelAccount {
  tenantId: string;
  accountId: string;
  channel: ChannelName;
  /**
   * The account address: an E.164 number for SMS, the https URL that receives replies for a webhook, a bot's id. For
   * Messenger and Instagram it is the id of our Meta app, which distinguishes our own echoes from an agent's reply; the page
   * is in `externalId`.
   */
  address: string;
  /**
   * The vendor's id that inbound bodies are checked against, or null where there is none: Twilio's AccountSid, WhatsApp's
   * phone_number_id, the id of the page or of the Instagram account, the Telegram bot's id, Slack's team id.
   */
  externalId: string | null;
  secrets: {
    /** Secrets for inbound signatures: the current one first, then previous ones. */
    inbound: readonly string[];
    /** Secrets that sign or authenticate outbound calls: the current one first. */
    outbound: readonly string[];
    /** The vendor's token in its handshake (Meta's verify token); absent where there is none. */
    handshake?: string;
  };
  settings: AccountSettings;
}

/** Settings of an account. Everything has a default. */
export interface AccountSettings {
  /** Replaces the channel's own quiet window, ms. */
  quietWindowMs?: number;
  /** The approved template that opens a closed reply window. The reply's text is its only body parameter. */
  template?: { name: string; language: string };
  /** Quiet hours in the account's own time zone: "21:00" to "08:00". A conversation in progress continues. */
  quietHours?: { from: string; to: string; timeZone: string };
  /** How long a contact waits for an agent before the assistant speaks again, seconds. */
  handoffTimeoutS?: number;
  /** Words that count as the keyword when they are the whole message, in addition to the built-in ones. */
  keywords?: Partial<Record<"stop" | "start" | "help" | "agent", string[]>>;
  /** Shared places: the ids of the agents on this channel, such as Slack's user ids. What they write takes the conversations over. */
  agents?: string[];
  /** Shared places: names by which the assistant is called, such as Telegram's "@name". Without "@" here. */
  names?: string[];
  /** Web chat: origins of the pages that may show the widget, such as "https://shop.example". Absent: the server's own. */
  origins?: string[];
}

/** Names one account of the installation. */
export interface AccountName {
  channel: string;
  accountId: string;
}

/** `twilio-sms/main`, as the command line and the log show it. */
export function formatAccountName({ channel, accountId }: AccountName): string {
  return `${channel}/${accountId}`;
}
