import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import type { Config } from "../../../runtime/config/config.ts";

export interface DemoMessage {
  channel: ChannelName;
  from: string;
  text: string;
}

/** A message as it goes over the wire: signed, to the address where this installation takes the vendor's posts. */
export interface SignedPost {
  /** The id by which the installation will know the message. */
  providerMessageId: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What a vendor does when somebody writes to a business, and what its people are called. */
export interface DemoVendor {
  /** The shape of a person's address there, and that shape in words. */
  address: { pattern: RegExp; rule: string };
  /** Somebody whom nobody is; every number is another one. */
  createAddress(number: number): string;
  /** Where answers go out to: a fake here, or the vendor itself. Null where the other end is our own page. */
  getReplyUrl(config: Config): string | null;
  sign(config: Config, message: DemoMessage): SignedPost | Promise<SignedPost>;
}
