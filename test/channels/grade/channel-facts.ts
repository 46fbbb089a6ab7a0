import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { openBench } from "./bench.ts";

/** What a channel says of itself; times in ms, rates per second. */
export interface ChannelFacts {
  delivery_class: OutboundChannel["deliveryClass"];
  quiet_window_ms: number;
  reply_window_ms: number | null;
  human_reply_window_ms: number | null;
  /** Of plain letters. */
  longest_part: number;
  sender_rate: number;
  recipient_rate: number;
}

const LONG_WORD = "a".repeat(100_000);

export async function factsOf(kit: ChannelKit): Promise<ChannelFacts> {
  const { outbound, close } = await openBench(kit);
  const { deliveryClass, replyWindowMs, humanReplyWindowMs, rates } = outbound;
  const facts = {
    delivery_class: deliveryClass,
    quiet_window_ms: kit.inbound.quietWindowMs,
    reply_window_ms: replyWindowMs,
    human_reply_window_ms: humanReplyWindowMs ?? replyWindowMs,
    longest_part: Math.max(...outbound.split(LONG_WORD).map((part) => part.length)),
    sender_rate: rates.sender.refillPerSecond,
    recipient_rate: rates.recipient.refillPerSecond,
  };
  await close();
  return facts;
}
