import { defineKinds, under } from "./kind-table.ts";

/** LINE Messaging API: the types of webhook events, and of messages. */
export const LINE_KINDS = defineKinds(
  { treatment: "answered", kinds: ["message.text"] },
  {
    treatment: "placeholder",
    kinds: [
      ...under("message", ["audio", "file", "image", "location", "sticker", "unknown", "video"]),
      "event.postback",
    ],
  },
  {
    treatment: "applied",
    reason: "The contact took back a message: its turn no longer answers it.",
    kinds: ["event.unsend"],
  },
  {
    treatment: "applied",
    reason: "The contact blocked the bot, or ended the block.",
    kinds: under("event", ["follow", "unfollow"]),
  },
  {
    treatment: "ignored",
    reason: "Another module of the same bot has the conversation, and answers it.",
    kinds: ["standby"],
  },
  {
    treatment: "ignored",
    reason:
      "The contact is near a beacon, played a video, linked a login or changed a membership, and has not written.",
    kinds: under("event", [
      "accountLink",
      "beacon",
      "membership",
      "postback.rich_menu",
      "things",
      "videoPlayComplete",
    ]),
  },
  {
    treatment: "ignored",
    reason: "It is about the members of a group.",
    kinds: under("event", ["join", "leave", "memberJoined", "memberLeft"]),
  },
  {
    treatment: "ignored",
    reason: "It is about the bot, its modules or a notice that Parley never sends.",
    kinds: under("event", ["activated", "botResumed", "botSuspended", "deactivated", "delivery", "module"]),
  },
);
