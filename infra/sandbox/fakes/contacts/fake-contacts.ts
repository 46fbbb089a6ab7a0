import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import type { Config } from "../../../runtime/config/config.ts";

/** A message that a made-up contact writes. */
export interface ContactMessage {
  channel: ChannelName;
  from: string;
  text: string;
}

/** A message as it goes over the wire: signed, and addressed to the webhook of this installation. */
export interface SignedPost {
  /** The id by which the installation will know the message. */
  providerMessageId: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Made-up contacts of one channel: their addresses, and the posts by which the vendor delivers what they write. */
export interface FakeContacts {
  /** The shape of a contact's address, and the same in words. */
  address: { pattern: RegExp; rule: string };
  /** An address that no real contact has. Different numbers give different addresses. */
  createAddress(number: number): string;
  signMessage(config: Config, message: ContactMessage): SignedPost | Promise<SignedPost>;
}
