import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from "cockatiel";
import { createDeferral } from "./send-waits.ts";

/** Attempts at one endpoint at once, per process: a slow receiver delays only its own events. */
const CONCURRENCY = 20;
const BUSY_RETRY_MS = 1_000;
/** Spreads the attempts that waited for one endpoint. */
const JITTER_MS = 2_000;

/** Limits the attempts that run at one endpoint. An attempt above the limit fails as DeliveryDeferred. */
export function createEndpointLimit() {
  const busy = new Map<string, BulkheadPolicy>();
  return async function withEndpointLimit<T>(endpointId: string, send: () => Promise<T>): Promise<T> {
    const slots = busy.get(endpointId) ?? bulkhead(CONCURRENCY);
    busy.set(endpointId, slots);
    try {
      return await slots.execute(send);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw createDeferral(BUSY_RETRY_MS + randomJitterMs(), "endpoint_busy");
    } finally {
      if (slots.executionSlots === CONCURRENCY) busy.delete(endpointId);
    }
  };
}

export function randomJitterMs(): number {
  return Math.random() * JITTER_MS;
}
