import { LONGEST_TEXT } from "../../infra/channels/channel-descriptor.ts";
import { findChannel } from "../../infra/channels/registry.ts";
import type { InboundEvent } from "../channels/channel.ts";

/**
 * The event with a text of at most the channel's limit. A note in the transcript says how much is missing, and `cutCharacters` makes the
 * next turn ask the contact for a shorter message.
 */
export function limitText<Event extends InboundEvent>(channel: string, event: Event): Event {
  const limit = findChannel(channel)?.textLimit ?? LONGEST_TEXT;
  if (!("text" in event) || event.text.length <= limit) return event;
  const kept = event.text.slice(0, limit).toWellFormed();
  const cutCharacters = event.text.length - kept.length;
  return { ...event, text: `${kept}\n[${cutCharacters} more characters]`, cutCharacters };
}
