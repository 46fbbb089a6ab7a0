import type { Queryable } from "../../db/connection/postgres.ts";
import type { FoundDelivery } from "../../db/events/event-deliveries.ts";
import { settleFirstSuccesses } from "../../db/events/first-attempts.ts";
import { oneAtATime } from "../../infra/runtime/one-at-a-time.ts";

/** Writes the ends of first attempts. Those that end during a write share the next one, so a burst needs few commits. */
export function createWriteSuccesses(db: Queryable) {
  let waiting: FoundDelivery["delivery"][] = [];
  const writing = oneAtATime(async () => {
    const batch = waiting;
    waiting = [];
    await settleFirstSuccesses(db, batch);
  });

  /** Throws where the batch was not written. The caller then repeats it. */
  return async function writeSuccess(delivery: FoundDelivery["delivery"]): Promise<void> {
    waiting.push(delivery);
    await writing.after();
  };
}
