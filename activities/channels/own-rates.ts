import type { OutboundChannel } from "./channel.ts";

/** For channels without a vendor's quota: the rates only bound a loop. */
export const OWN_RATES: OutboundChannel["rates"] = {
  account: { capacity: 1_000, refillPerSecond: 500 },
  recipient: { capacity: 50, refillPerSecond: 10 },
};
