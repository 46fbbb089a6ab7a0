import type { OutboundChannel, OutboundOptions } from "./channel.ts";
import { createMessagingChannel } from "./meta/messaging-channel.ts";

/** Instagram counts bytes of UTF-8, not characters. */
const MAX_BYTES = 1_000;

/** Direct messages of an Instagram professional account. */
export function createInstagramChannel(options: OutboundOptions): OutboundChannel {
  return createMessagingChannel(options, {
    name: "instagram",
    fits: (text) => Buffer.byteLength(text) <= MAX_BYTES,
  });
}
