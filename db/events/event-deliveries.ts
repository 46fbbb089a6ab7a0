import { and, eq, gte, inArray, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { eventDeliveries, eventEndpoints, events } from "../schema/events.ts";
import { EVENT_DELIVERY_MOVES } from "../transitions/event-delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";

/*
 * One delivery for each event and endpoint. The states and their moves are in db/transitions/event-delivery-moves.ts.
 *
 * A pending row waits in this table until its next attempt is due, and `claimed_at` is null. `claim-deliveries.ts` sets it, and the outcome
 * of the attempt makes the row wait again. The sweeping process makes the first attempt of a round, and a workflow each later one. A resend begins a
 * new round. All waits use the database's clock.
 */

export interface EventDeliveryKey {
  eventId: string;
  endpointId: string;
}

export type StartableDelivery = EventDeliveryKey & { tenantId: string };

/** The delivery with its event and endpoint, and the wait until its next attempt. Null where event or endpoint was deleted. */
export async function findEventDelivery(db: Queryable, key: EventDeliveryKey): Promise<FoundDelivery | null> {
  const [row] = await findEventDeliveries(db, [key]);
  return row ?? null;
}

/** The same for several deliveries. */
export async function findEventDeliveries(db: Queryable, keys: readonly EventDeliveryKey[]) {
  const eventIds = sql.param(keys.map(({ eventId }) => eventId));
  const endpointIds = sql.param(keys.map(({ endpointId }) => endpointId));
  return await db
    .select({
      event: events,
      endpoint: eventEndpoints,
      delivery: eventDeliveries,
      claim: sql<string | null>`${eventDeliveries.claimedAt}::text`,
      now: sql<Date>`clock_timestamp()`.mapWith(events.createdAt),
      waitMs: msUntil(eventDeliveries.nextAttemptAt),
      throttleMs: msUntil(eventEndpoints.throttledUntil),
    })
    .from(eventDeliveries)
    .innerJoin(events, eq(events.id, eventDeliveries.eventId))
    .innerJoin(eventEndpoints, eq(eventEndpoints.id, eventDeliveries.endpointId))
    .where(
      sql`(${eventDeliveries.eventId}, ${eventDeliveries.endpointId}) IN
        (SELECT * FROM unnest(${eventIds}::uuid[], ${endpointIds}::uuid[]))`,
    );
}

export type FoundDelivery = Awaited<ReturnType<typeof findEventDeliveries>>[number];

function msUntil(timestamp: typeof eventDeliveries.nextAttemptAt | typeof eventEndpoints.throttledUntil) {
  return sql<number>`coalesce(greatest(extract(epoch FROM ${timestamp} - clock_timestamp()) * 1000, 0), 0)::float8`;
}

export type AttemptResult =
  | { state: "delivered"; code: null }
  | { state: "failed"; code: string }
  /** `notBeforeMs`: the wait that the endpoint asked for. */
  | { state: "pending"; code: string; waitMs: number; notBeforeMs?: number };

const MOVE_OF = {
  delivered: EVENT_DELIVERY_MOVES.deliver,
  failed: EVENT_DELIVERY_MOVES.fail,
  pending: EVENT_DELIVERY_MOVES.retry,
} as const;

/** Writes the outcome of an attempt and counts it. A row that is still pending waits again. It writes nothing where another attempt was faster. */
export async function settleEventDelivery(
  db: Queryable,
  delivery: EventDeliveryKey & { attempt: number },
  result: AttemptResult,
): Promise<void> {
  const { waitMs, notBeforeMs = 0 } = result.state === "pending" ? result : { waitMs: 0 };
  await db
    .update(eventDeliveries)
    .set({
      state: MOVE_OF[result.state].to,
      code: result.code,
      attempt: delivery.attempt + 1,
      claimedAt: null,
      nextAttemptAt: sql`clock_timestamp() + make_interval(secs => ${waitMs / 1000})`,
      notBefore: sql`clock_timestamp() + make_interval(secs => ${notBeforeMs / 1000})`,
      updatedAt: sql`clock_timestamp()`,
    })
    .where(
      and(
        isDelivery(delivery),
        mayMove(eventDeliveries.state, MOVE_OF[result.state]),
        eq(eventDeliveries.attempt, delivery.attempt),
      ),
    );
}

export type ResendResult = "queued" | "not_found" | "endpoint_disabled";

/** A new round of attempts. */
const NEW_ROUND = {
  state: EVENT_DELIVERY_MOVES.resend.to,
  code: null,
  earlierAttempts: sql`${eventDeliveries.attempt}`,
  earlyAttempts: 0,
  claimedAt: null,
  nextAttemptAt: sql`now()`,
  updatedAt: sql`now()`,
} as const;

/** A new round of attempts at one endpoint. The endpoint need not have had this event before. */
export async function resendEvent(db: Queryable, delivery: StartableDelivery): Promise<ResendResult> {
  const { tenantId, eventId, endpointId } = delivery;
  const [pair] = await db
    .select({ disabledAt: eventEndpoints.disabledAt })
    .from(eventEndpoints)
    .innerJoin(events, eq(events.tenantId, eventEndpoints.tenantId))
    .where(
      and(eq(events.id, eventId), eq(eventEndpoints.id, endpointId), eq(eventEndpoints.tenantId, tenantId)),
    );
  if (pair === undefined) return "not_found";
  if (pair.disabledAt !== null) return "endpoint_disabled";
  await db
    .insert(eventDeliveries)
    .values({ tenantId, eventId, endpointId })
    .onConflictDoUpdate({
      target: [eventDeliveries.eventId, eventDeliveries.endpointId],
      set: NEW_ROUND,
      setWhere: mayMove(eventDeliveries.state, EVENT_DELIVERY_MOVES.resend),
    });
  return "queued";
}

/** A new round for every event that the endpoint missed since a time, after its outage has ended. */
export async function resendFailed(
  db: Queryable,
  { endpointId, since }: { endpointId: string; since: Date },
): Promise<number> {
  const isMissed = and(
    mayMove(eventDeliveries.state, EVENT_DELIVERY_MOVES.resendFailed),
    gte(eventDeliveries.updatedAt, since),
  );
  const { rowCount } = await db
    .update(eventDeliveries)
    .set(NEW_ROUND)
    .where(isLockedInOrder(db, endpointId, isMissed));
  return rowCount ?? 0;
}

/** Rows of an endpoint, for a change of many: their locks are taken in one order, so that two changes cannot wait for each other. */
export function isLockedInOrder(db: Queryable, endpointId: string, condition?: SQL): SQL | undefined {
  const locked = db
    .select({ eventId: eventDeliveries.eventId })
    .from(eventDeliveries)
    .where(and(eq(eventDeliveries.endpointId, endpointId), condition))
    .orderBy(eventDeliveries.eventId)
    .for("update");
  return and(eq(eventDeliveries.endpointId, endpointId), inArray(eventDeliveries.eventId, locked));
}

function isDelivery({ eventId, endpointId }: EventDeliveryKey) {
  return and(eq(eventDeliveries.eventId, eventId), eq(eventDeliveries.endpointId, endpointId));
}
