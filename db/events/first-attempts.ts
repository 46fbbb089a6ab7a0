import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { EVENT_DELIVERY_MOVES } from "../transitions/event-delivery-moves.ts";
import { mayMove, newState } from "../transitions/move.ts";
import { type Claim, lockClaimed } from "./claim-deliveries.ts";
import type { EventDeliveryKey } from "./event-deliveries.ts";

/*
 * The end of first attempts, many by one statement. Rows are locked in one order, so that two changes cannot wait for each other.
 *
 * The first attempt of a round has `attempt = earlier_attempts`. Its end counts it, so a workflow makes the next one.
 */

type AttemptedDelivery = EventDeliveryKey & { attempt: number };

const STATE = sql.raw("d.state");

/**
 * The endpoints accepted these events. That also ends a row whose next attempt waits already, because its process was slow to write or an operator
 * began the round again. It writes nothing where a workflow has the row. Returns the rows that another transaction has locked, for a later call: the
 * outcomes of the others do not wait for that.
 */
export async function settleFirstSuccesses(
  db: Queryable,
  deliveries: readonly AttemptedDelivery[],
): Promise<EventDeliveryKey[]> {
  const eventIds = sql.param(deliveries.map(({ eventId }) => eventId));
  const endpointIds = sql.param(deliveries.map(({ endpointId }) => endpointId));
  const attempts = sql.param(deliveries.map(({ attempt }) => attempt));
  const unsettled = sql`
    SELECT d.event_id, d.endpoint_id, a.attempt
    FROM unnest(${eventIds}::uuid[], ${endpointIds}::uuid[], ${attempts}::int[]) AS a (event_id, endpoint_id, attempt)
    JOIN event_deliveries d ON d.event_id = a.event_id AND d.endpoint_id = a.endpoint_id
    WHERE ${mayMove(STATE, EVENT_DELIVERY_MOVES.deliver)} AND d.earlier_attempts = a.attempt
      AND (d.attempt = a.attempt OR (d.attempt = a.attempt + 1 AND d.claimed_at IS NULL))`;
  const { rows } = await db.execute<{ event_id: string; endpoint_id: string }>(sql`
    WITH unsettled AS (${unsettled}),
    ended AS (${unsettled} ORDER BY d.event_id, d.endpoint_id FOR UPDATE OF d SKIP LOCKED),
    written AS (
      UPDATE event_deliveries d SET state = ${newState(EVENT_DELIVERY_MOVES.deliver)}, code = NULL, attempt = ended.attempt + 1,
        claimed_at = NULL, updated_at = clock_timestamp()
      FROM ended WHERE d.event_id = ended.event_id AND d.endpoint_id = ended.endpoint_id
      RETURNING d.event_id, d.endpoint_id)
    SELECT event_id, endpoint_id FROM unsettled EXCEPT SELECT event_id, endpoint_id FROM written`);
  return rows.map((row) => ({ eventId: row.event_id, endpointId: row.endpoint_id }));
}

/** These first attempts could not be made. A workflow makes the next attempt at once. It writes nothing for a row whose `claimed_at` has changed. */
export async function leaveToWorkflows(db: Queryable, claims: readonly Claim[]): Promise<void> {
  await leave(db, lockClaimed(claims), "not_sent");
}

/**
 * The processes that claimed these rows were killed, so the endpoints may have got the events. A workflow makes the next attempt at once.
 * Returns the number of rows.
 */
export async function leaveLostToWorkflows(
  db: Queryable,
  { claimMs, limit }: { claimMs: number; limit: number },
): Promise<number> {
  const lost = sql`
    SELECT d.event_id, d.endpoint_id FROM event_deliveries d
    WHERE ${mayMove(STATE, EVENT_DELIVERY_MOVES.leaveToWorkflow)} AND d.claimed_at < now() - make_interval(secs => ${claimMs / 1000})
      AND d.attempt = d.earlier_attempts
    ORDER BY d.claimed_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return await leave(db, lost, "response_lost");
}

async function leave(db: Queryable, rows: SQL, code: string): Promise<number> {
  const { rowCount } = await db.execute(sql`
    WITH ended AS (${rows})
    UPDATE event_deliveries d SET state = ${newState(EVENT_DELIVERY_MOVES.leaveToWorkflow)}, code = ${code}, attempt = d.attempt + 1,
      claimed_at = NULL, next_attempt_at = clock_timestamp(), updated_at = clock_timestamp()
    FROM ended WHERE d.event_id = ended.event_id AND d.endpoint_id = ended.endpoint_id`);
  return rowCount ?? 0;
}
