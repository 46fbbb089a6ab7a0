import { createMessengerChannel } from "../../../../activities/channels/messenger.ts";
import { messenger } from "../../../../api/channels/messenger.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { messagingKit } from "./meta/messaging.ts";

/** Replies of a Facebook page. */
export const messengerKit: ChannelKit = {
  ...messagingKit({ name: "messenger", object: "page", path: "" }),
  inbound: messenger,
  createOutbound: createMessengerChannel,
};
