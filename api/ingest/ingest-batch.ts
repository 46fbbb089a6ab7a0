import type { InboundEvent } from "../channels/channel.ts";
import { forEachPartition, orderingKey } from "./partitions.ts";

export interface BatchResult {
  /** The number of events per outcome. */
  outcomes: Record<string, number>;
  /** The first failure. The other events were still tried; the caller has to deliver the body again. */
  failure: Error | null;
}

/** Ingests each event on its own. Events of one contact keep their order; contacts do not wait for each other. */
export async function ingestBatch(
  events: readonly InboundEvent[],
  ingest: (event: InboundEvent) => Promise<string>,
): Promise<BatchResult> {
  const outcomes: Record<string, number> = {};
  const failures: Error[] = [];
  await forEachPartition(events, orderingKey, async (partition) => {
    for (const event of partition) {
      const outcome = await ingest(event).catch((error: unknown) => {
        failures.push(error instanceof Error ? error : new Error(String(error)));
        return "failed";
      });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  });
  return { outcomes, failure: failures[0] ?? null };
}
