import type { Queryable } from "../../db/connection/postgres.ts";
import type { FoundDelivery } from "../../db/events/event-deliveries.ts";
import { settleFirstSuccesses } from "../../db/events/first-attempts.ts";
import { oneAtATime } from "../../infra/runtime/one-at-a-time.ts";

type Delivery = FoundDelivery["delivery"];

/** Another transaction changes the row. The code is that of PostgreSQL, which says that a later call may succeed. */
class DeliveryLocked extends Error {
  override name = "DeliveryLocked";
  readonly code = "55P03";
}

/** Writes the ends of first attempts. Those that end during a write share the next one, so a burst needs few commits. */
export function createWriteSuccesses(db: Queryable) {
  let waiting: Delivery[] = [];
  /** Returns the rows that were locked. */
  const writing = oneAtATime(async (): Promise<ReadonlySet<string>> => {
    const batch = waiting;
    waiting = [];
    return new Set((await settleFirstSuccesses(db, batch)).map(toKey));
  });

  /** Throws where the success was not written. The caller then repeats it. */
  return async function writeSuccess(delivery: Delivery): Promise<void> {
    waiting.push(delivery);
    const locked = await writing.after();
    if (locked.has(toKey(delivery))) throw new DeliveryLocked("The delivery is locked.");
  };
}

const toKey = ({ eventId, endpointId }: Pick<Delivery, "eventId" | "endpointId">) =>
  `${eventId} ${endpointId}`;
