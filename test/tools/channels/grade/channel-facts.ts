import { splitTexts } from "../../../support/channels/split-texts.ts";
import type { OutboundChannel } from "../../../../activities/channels/channel.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { openChannelFixture } from "./open-channel-fixture.ts";

/** What a channel says of itself; times in ms, rates per second. */
export interface ChannelFacts {
  delivery_class: OutboundChannel["deliveryClass"];
  quiet_window_ms: number;
  reply_window_ms: number | null;
  agent_reply_window_ms: number | null;
  /** Of plain letters. */
  longest_part: number;
  account_rate: number;
  recipient_rate: number;
}

const LONG_WORD = "a".repeat(100_000);

export async function factsOf(kit: ChannelKit): Promise<ChannelFacts> {
  const { outbound, close } = await openChannelFixture(kit);
  const { deliveryClass, replyWindowMs, agentReplyWindowMs, rates } = outbound;
  const facts = {
    delivery_class: deliveryClass,
    quiet_window_ms: kit.inbound.quietWindowMs,
    reply_window_ms: replyWindowMs,
    agent_reply_window_ms: agentReplyWindowMs ?? replyWindowMs,
    longest_part: Math.max(...splitTexts(outbound, LONG_WORD).map((part) => part.length)),
    account_rate: rates.account.refillPerSecond,
    recipient_rate: rates.recipient.refillPerSecond,
  };
  await close();
  return facts;
}
