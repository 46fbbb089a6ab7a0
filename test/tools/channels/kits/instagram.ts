import { createInstagramChannel } from "../../../../activities/channels/instagram.ts";
import { instagram } from "../../../../api/channels/instagram.ts";
import type { ChannelKit } from "../channel-kit.ts";
import { messagingKit } from "./meta/messaging.ts";

/** Direct messages of a professional account; the fake serves them under Instagram's own host as a path. */
export const instagramKit: ChannelKit = {
  ...messagingKit({ name: "instagram", object: "instagram", path: "/graph.instagram.com" }),
  inbound: instagram,
  createOutbound: createInstagramChannel,
};
