import type { InboundChannel } from "./channel.ts";
import { messagingChannel } from "./meta/messaging-channel.ts";

/** Direct messages to an Instagram professional account. */
export const instagram: InboundChannel = messagingChannel({ name: "instagram", object: "instagram" });
