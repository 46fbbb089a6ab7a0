import type { InboundEvent } from "./channels/channel.ts";
import { personOf } from "./person-of.ts";

/** One body of Meta's may hold hundreds of items; so many are stored side by side. */
const SIDE_BY_SIDE = 8;

export interface BatchResult {
  /** How many items had which outcome. */
  outcomes: Record<string, number>;
  /** The first failure, once every other item was tried; the sender has to deliver the body again. */
  failure: Error | null;
}

/** Takes every item for itself. Those of one person stay in their order; different people do not wait for each other. */
export async function takeBatch(
  events: readonly InboundEvent[],
  take: (event: InboundEvent) => Promise<string>,
): Promise<BatchResult> {
  const outcomes: Record<string, number> = {};
  const failures: Error[] = [];
  const lanes = [...Map.groupBy(events, personOf).values()];
  const drain = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      for (const event of lane) {
        const outcome = await take(event).catch((error: unknown) => {
          failures.push(error instanceof Error ? error : new Error(String(error)));
          return "failed";
        });
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, lanes.length) }, drain));
  return { outcomes, failure: failures[0] ?? null };
}
