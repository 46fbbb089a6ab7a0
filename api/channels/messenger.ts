import type { InboundChannel } from "./channel.ts";
import { messagingChannel } from "./meta/messaging-channel.ts";

/** Messenger: what people write to a Facebook page. */
export const messenger: InboundChannel = messagingChannel({ name: "messenger", object: "page" });
