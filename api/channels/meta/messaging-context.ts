import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { metaTime } from "./meta-body.ts";

/** The place in a body of Messenger or Instagram. */
export interface MessagingContext {
  account: ChannelAccount;
  /** The page or Instagram account of the entry. Its own messages come back as echoes. */
  ownId: string;
  receivedAt: Date;
  /** The item's path in the body: `entry.0.messaging.1`. */
  place: string;
}

/** One item of `messaging[]` with its parties. */
export interface MessagingItem extends MessagingContext {
  from: string;
  /** Absent only where the vendor leaves it out. */
  to: string | undefined;
  /** The time by Meta's clock. */
  happenedAt: Date | null;
  /** The original timestamp, which is part of derived ids. */
  timestamp: unknown;
}

/** Messenger and Instagram give times as numbers, in ms since 1970; null for any other type. */
export function messagingTime(value: unknown, receivedAt: Date): Date | null {
  return typeof value === "number" ? metaTime(value, receivedAt) : null;
}
