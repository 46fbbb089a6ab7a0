import type { TokenBuckets } from "../../db/connection/token-buckets.ts";
import type { OutboundChannel } from "../channels/channel.ts";

export interface SendRateKey {
  channel: string;
  accountId: string;
  to: string;
  thread: string;
  /** Keyed hash of the person's address: what stands in Redis names nobody. */
  addressHash: Buffer;
}

/** What the vendor allows: so many sends a second from one sender, and so many to one person or group. */
export function createSendRates(buckets: TokenBuckets) {
  return {
    /** 0 when the send may go, else how long to wait, ms. All workers share one count, so the quota is used once. */
    async take({ rates }: OutboundChannel, rateKey: SendRateKey): Promise<number> {
      const slot = `{send:${rateKey.channel}/${rateKey.accountId}}`;
      // A group is one recipient, whoever in it is answered.
      const recipient = rateKey.thread === "" ? rateKey.addressHash.toString("base64url") : rateKey.thread;
      const { waitMs } = await buckets.take([
        { key: `${slot}:account`, ...rates.account },
        { key: `${slot}:to:${recipient}`, ...rates.recipient },
      ]);
      return waitMs;
    },
  };
}

export type SendRates = ReturnType<typeof createSendRates>;
