import { hasWebhook } from "./registry.ts";

interface AccountName {
  channel: string;
  accountId: string;
}

/** The URL to which a vendor posts the events of an account. */
export function webhookUrl(publicBaseUrl: string, { channel, accountId }: AccountName): string {
  return `${publicBaseUrl.replace(/\/$/, "")}/webhooks/${channel}/${encodeURIComponent(accountId)}`;
}

/** The same for any account: null where no vendor posts to us. */
export function webhookUrlOrNull(publicBaseUrl: string, account: AccountName): string | null {
  return hasWebhook(account.channel) ? webhookUrl(publicBaseUrl, account) : null;
}
