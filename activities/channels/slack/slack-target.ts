import type { Recipient } from "../channel.ts";

/** Where a post goes. A person's id in place of a channel's is their direct messages with the bot. */
export interface SlackTarget {
  channel: string;
  thread_ts?: string;
}

/** A thread is `{channel}` or `{channel}:{thread}`; without one it is the person, directly. */
export function toSlackTarget({ to, thread }: Recipient): SlackTarget {
  if (thread === "") return { channel: to };
  const [channel = "", threadTs] = thread.split(":");
  return { channel, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
}
