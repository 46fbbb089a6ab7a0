/** Where a vendor has to send what happens at an account. */
export function webhookUrl(
  publicBaseUrl: string,
  { channel, accountId }: { channel: string; accountId: string },
): string {
  return `${publicBaseUrl.replace(/\/$/, "")}/webhooks/${channel}/${encodeURIComponent(accountId)}`;
}
