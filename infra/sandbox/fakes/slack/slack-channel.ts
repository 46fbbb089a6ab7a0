import type { FakeResponse } from "../server/response.ts";
import type { SentMessages } from "../server/sent-messages.ts";
import { slackError } from "./slack-response.ts";

/** Marks by channel id. A contact's direct messages have the id that `directChannel` gives. */
export const MARKS = ["unknown-channel", "archived", "not-in-channel", "no-history"] as const;

const CHANNEL = /^[CDG][A-Z0-9]+$/;
const USER = /^[UW][A-Z0-9]+$/;

/** The channel of a contact's direct messages, always the same. */
export function directChannel(user: string): string {
  return USER.test(user) ? `D${user.slice(1)}` : "";
}

/** The channel that a call names, also by a contact's id; "" for an unknown one. */
export function channelOf(named: unknown): string {
  if (typeof named !== "string") return "";
  return CHANNEL.test(named) ? named : directChannel(named);
}

/** The error with which Slack refuses calls for this channel, or null. */
export function refuseChannel(store: SentMessages, channel: string): FakeResponse | null {
  const isUnknown = channel === "" || store.isMarked("unknown-channel", channel);
  return isUnknown ? slackError("channel_not_found") : null;
}
