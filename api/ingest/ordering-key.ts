import type { InboundEvent } from "../channels/channel.ts";

/** Whose an item is, among those of one account: items of one person are taken in their order. An id that no address has stands for items of nobody. */
export function orderingKey(event: InboundEvent): string {
  if ("from" in event) return `person:${event.from}`;
  if (event.kind === "agent_reply") return `person:${event.to}`;
  return event.kind === "receipt" ? `receipt:${event.providerId}` : "";
}
