import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import type { Config } from "../../../runtime/config/config.ts";
import { webhookUrl } from "../../../channels/webhook-url.ts";
import { DEFAULT_ACCOUNT } from "../../../channels/configured-accounts.ts";
import type { SignedPost } from "./fake-contacts.ts";

export interface JsonPost {
  channel: ChannelName;
  providerMessageId: string;
  content: object;
  /** The headers with which the vendor signs these bytes. */
  createSignatureHeaders(rawBody: Buffer): Record<string, string>;
}

/** JSON to the webhook of a channel's account. */
export function createJsonPost(
  config: Config,
  { channel, providerMessageId, content, createSignatureHeaders }: JsonPost,
): SignedPost {
  const body = JSON.stringify(content);
  const headers = { "content-type": "application/json", ...createSignatureHeaders(Buffer.from(body)) };
  const url = webhookUrl(config.PUBLIC_BASE_URL, { channel, accountId: DEFAULT_ACCOUNT });
  return { providerMessageId, url, headers, body };
}
