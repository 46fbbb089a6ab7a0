import type { InboundEvent } from "../channels/channel.ts";
import { orderingKey } from "./ordering-key.ts";

/** One body of Meta's may hold hundreds of items; so many are stored side by side. */
const CONCURRENCY = 8;

export interface BatchResult {
  /** How many items had which outcome. */
  outcomes: Record<string, number>;
  /** The first failure, once every other item was tried; the sender has to deliver the body again. */
  failure: Error | null;
}

/** Takes every item for itself. Those of one person stay in their order; different people do not wait for each other. */
export async function ingestBatch(
  events: readonly InboundEvent[],
  ingest: (event: InboundEvent) => Promise<string>,
): Promise<BatchResult> {
  const outcomes: Record<string, number> = {};
  const failures: Error[] = [];
  const partitions = [...Map.groupBy(events, orderingKey).values()];
  const drain = async (): Promise<void> => {
    for (let partition = partitions.shift(); partition !== undefined; partition = partitions.shift()) {
      for (const event of partition) {
        const outcome = await ingest(event).catch((error: unknown) => {
          failures.push(error instanceof Error ? error : new Error(String(error)));
          return "failed";
        });
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, partitions.length) }, drain));
  return { outcomes, failure: failures[0] ?? null };
}
