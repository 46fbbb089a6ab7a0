import type { ChannelName } from "../../../../db/channel-account.ts";
import type { Config } from "../../../runtime/config.ts";
import { webhookUrl } from "../../../runtime/webhook-url.ts";
import { DEFAULT_ACCOUNT } from "../../configured-accounts.ts";
import type { SignedPost } from "./vendor.ts";

export interface JsonPost {
  channel: ChannelName;
  providerMessageId: string;
  content: object;
  /** The headers by which the vendor vouches for these bytes. */
  vouch(rawBody: Buffer): Record<string, string>;
}

/** JSON to the webhook of a channel's account. */
export function jsonPost(
  config: Config,
  { channel, providerMessageId, content, vouch }: JsonPost,
): SignedPost {
  const body = JSON.stringify(content);
  const headers = { "content-type": "application/json", ...vouch(Buffer.from(body)) };
  const url = webhookUrl(config.PUBLIC_BASE_URL, { channel, accountId: DEFAULT_ACCOUNT });
  return { providerMessageId, url, headers, body };
}
