import { mapConcurrently } from "../../infra/runtime/map-concurrently.ts";
import type { InboundEvent } from "../channels/channel.ts";

/** Each partition occupies one Postgres connection at a time; the pool is shared with all other requests. */
const CONCURRENCY = 8;

/**
 * Which events of one account must keep their order: those of one contact. A receipt names no contact, so the receipts of one
 * message keep their order among themselves.
 */
export function orderingKey(event: InboundEvent): string {
  if (event.kind === "moved_thread") return `thread:${event.from}`;
  if ("from" in event) return `contact:${event.from}`;
  if (event.kind === "agent_reply")
    return event.to === null ? `thread:${event.thread}` : `contact:${event.to}`;
  return event.kind === "receipt" ? `receipt:${event.providerId}` : "";
}

/** Runs `work` once per partition, several partitions at a time. */
export async function forEachPartition<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  work: (partition: readonly Item[]) => Promise<void>,
): Promise<void> {
  await mapConcurrently(Map.groupBy(items, keyOf).values(), CONCURRENCY, work);
}
