import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { metaTime } from "./meta-body.ts";

/** Where we are in a body of Messenger's or Instagram's. */
export interface MessagingContext {
  account: ChannelAccount;
  /** The page or Instagram account that the entry is about: what it says itself comes back as an echo. */
  ownId: string;
  receivedAt: Date;
  /** The item's path in the body: `entry.0.messaging.1`. */
  place: string;
}

/** One of `messaging[]`, with those who it is between already read. */
export interface MessagingItem extends MessagingContext {
  from: string;
  /** Absent only where the vendor leaves it out. */
  to: string | undefined;
  /** When it happened by Meta's clock. */
  happenedAt: Date | null;
  /** The timestamp as it came: part of the ids that we have to make ourselves. */
  timestamp: unknown;
}

/** Messenger and Instagram tell times as numbers, in ms since 1970; null where it is anything else. */
export function messagingTime(value: unknown, receivedAt: Date): Date | null {
  return typeof value === "number" ? metaTime(value, receivedAt) : null;
}
