import { createHash } from "node:crypto";
import type { TokenBuckets } from "../../db/connection/token-buckets.ts";
import type { OutboundChannel } from "../channels/channel.ts";

export interface SendRateKey {
  channel: string;
  accountId: string;
  to: string;
  thread: string;
  /** Keyed hash of the contact's address, so that Redis contains no address. */
  addressHash: Buffer;
}

const hashPlain = (text: string) => createHash("sha256").update(text).digest();

/** The vendor's limits of sends per second: one for the account, one for each contact or group. */
export function createSendRates(buckets: TokenBuckets, hash: (text: string) => Buffer = hashPlain) {
  // The id of a group is an id of its members at the vendor.
  const hashGroup = (thread: string) => hash(`group\n${thread}`).toString("base64url");
  return {
    /** Takes a token: 0 for a send that may start, else how long to wait, ms. All workers share the buckets. */
    async take({ rates }: OutboundChannel, rateKey: SendRateKey): Promise<number> {
      const slot = `{send:${rateKey.channel}/${rateKey.accountId}}`;
      // A group is one recipient, whichever member is answered.
      const recipient =
        rateKey.thread === "" ? rateKey.addressHash.toString("base64url") : hashGroup(rateKey.thread);
      const { waitMs } = await buckets.take([
        { key: `${slot}:account`, ...rates.account },
        { key: `${slot}:to:${recipient}`, ...rates.recipient },
      ]);
      return waitMs;
    },
  };
}

export type SendRates = ReturnType<typeof createSendRates>;
