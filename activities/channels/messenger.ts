import type { OutboundChannel, OutboundOptions } from "./channel.ts";
import { createMessagingChannel } from "./meta/messaging-channel.ts";

/** Messenger's own limit on a text. */
const MAX_CHARACTERS = 2_000;

/** Replies of a Facebook page. */
export function createMessengerChannel(options: OutboundOptions): OutboundChannel {
  return createMessagingChannel(options, {
    name: "messenger",
    fits: (text) => text.length <= MAX_CHARACTERS,
  });
}
