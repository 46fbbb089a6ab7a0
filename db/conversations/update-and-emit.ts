import { emitEvent, type EventType } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";

/** Changes one conversation and emits the event of the change in one transaction. False where `update` changed no row. */
export async function updateAndEmit(
  db: Queryable,
  event: { conversationId: string; type: EventType },
  update: (tx: Queryable) => Promise<{ tenantId: string }[]>,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [changed] = await update(tx);
    if (changed === undefined) return false;
    await emitEvent(tx, { ...event, tenantId: changed.tenantId, data: {} });
    return true;
  });
}
