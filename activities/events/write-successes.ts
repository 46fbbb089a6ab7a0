import type { Queryable } from "../../db/connection/postgres.ts";
import type { FoundDelivery } from "../../db/events/event-deliveries.ts";
import { settleFirstSuccesses } from "../../db/events/first-attempts.ts";

type Delivery = FoundDelivery["delivery"];

/** Another transaction changes the row. The code is that of PostgreSQL, which says that a later call may succeed. */
class DeliveryLocked extends Error {
  override name = "DeliveryLocked";
  readonly code = "55P03";
}

interface Batch {
  deliveries: Delivery[];
  /** The rows that were locked. */
  locked: Promise<ReadonlySet<string>>;
}

/** Writes the ends of first attempts. Those that end during a write share the next one, so a burst needs few commits. */
export function createWriteSuccesses(db: Queryable) {
  let next: Batch | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function openBatch(): Batch {
    const deliveries: Delivery[] = [];
    const locked = last.then(async () => {
      next = null;
      return new Set((await settleFirstSuccesses(db, deliveries)).map(toKey));
    });
    // Not logged: the error belongs to the callers of the batch.
    last = locked.catch(() => undefined);
    return { deliveries, locked };
  }

  /** Throws where the success was not written. The caller then repeats it. */
  return async function writeSuccess(delivery: Delivery): Promise<void> {
    next ??= openBatch();
    const { deliveries, locked } = next;
    deliveries.push(delivery);
    if ((await locked).has(toKey(delivery))) throw new DeliveryLocked("The delivery is locked.");
  };
}

const toKey = ({ eventId, endpointId }: Pick<Delivery, "eventId" | "endpointId">) =>
  `${eventId} ${endpointId}`;
