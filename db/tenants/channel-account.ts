/** The name of a channel in webhook paths, in `channel_accounts.channel` and in search attributes: see `infra/channels/registry.ts`. */
export type ChannelName = string;

/** One sender of a tenant on one channel, with its secrets already decrypted. Never log one whole. */
export interface ChannelAccount {
  tenantId: string;
  accountId: string;
  channel: ChannelName;
  /**
   * Our own address: an E.164 number for SMS, the https URL that receives replies for a webhook, a bot's id. For Messenger and
   * Instagram the id of our Meta app, by which our own echoes are told from a person's reply; the page is in `externalId`.
   */
  address: string;
  /**
   * The vendor's id that inbound bodies are checked against, or null where there is none: Twilio's AccountSid, WhatsApp's
   * phone_number_id, the page's or Instagram account's id, the Telegram bot's id, Slack's team id.
   */
  externalId: string | null;
  secrets: {
    /** Secrets an inbound signature may be made with: the current one first, then previous ones. */
    inbound: readonly string[];
    /** Secrets we sign or authenticate outbound calls with: the current one first. */
    outbound: readonly string[];
    /** What the vendor shows in its handshake (Meta's verify token); absent where there is none. */
    handshake?: string;
  };
  settings: AccountSettings;
}

/** What an operator may choose per account; everything has a default. */
export interface AccountSettings {
  /** Replaces the channel's own quiet window, ms. */
  quietWindowMs?: number;
  /** The approved template that opens a closed reply window. The reply's text is its only body parameter. */
  template?: { name: string; language: string };
  /** When nobody is to be woken, in the account's own time zone: "21:00" to "08:00". A talk that is going on is not interrupted. */
  quietHours?: { from: string; to: string; timeZone: string };
  /** How long a person who asked for a colleague waits for one before the assistant is back, seconds. */
  handoffTimeoutS?: number;
  /** Words that count as the keyword when they are the whole message, beside the built-in ones. */
  keywords?: Partial<Record<"stop" | "start" | "help" | "agent", string[]>>;
  /** Web chat: origins of the pages that may show the widget, such as "https://shop.example". Absent: the server's own. */
  origins?: string[];
}
