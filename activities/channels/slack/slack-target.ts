import type { Recipient } from "../channel.ts";

/** The target of a post. A contact's id in place of a channel's means their direct messages with the bot. */
export interface SlackTarget {
  channel: string;
  thread_ts?: string;
}

/** A thread is `{channel}` or `{channel}:{thread}`. Without one the target is the contact. */
export function toSlackTarget({ to, thread }: Recipient): SlackTarget {
  if (thread === "") return { channel: to };
  const [channel = "", threadTs] = thread.split(":");
  return { channel, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
}
