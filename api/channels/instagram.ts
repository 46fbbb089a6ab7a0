import type { InboundChannel } from "./channel.ts";
import { messagingChannel } from "./meta/messaging-channel.ts";

/** Instagram: direct messages to a professional account. */
export const instagram: InboundChannel = messagingChannel({ name: "instagram", object: "instagram" });
