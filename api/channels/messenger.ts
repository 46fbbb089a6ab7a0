import type { InboundChannel } from "./channel.ts";
import { messagingChannel } from "./meta/messaging-channel.ts";

/** Messages of contacts to a Facebook page. */
export const messenger: InboundChannel = messagingChannel({ name: "messenger", object: "page" });
