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

/** The endpoints accepted these events. It writes nothing for a row where another attempt was faster. */
export async function settleFirstSuccesses(
  db: Queryable,
  deliveries: readonly AttemptedDelivery[],
): Promise<void> {
  await db.execute(sql`
    WITH ended AS (${lockAttempted(deliveries, mayMove(STATE, EVENT_DELIVERY_MOVES.deliver))})
    UPDATE event_deliveries d SET state = ${newState(EVENT_DELIVERY_MOVES.deliver)}, code = NULL, attempt = d.attempt + 1,
      claimed_at = NULL, updated_at = clock_timestamp()
    FROM ended WHERE d.event_id = ended.event_id AND d.endpoint_id = ended.endpoint_id`);
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

function lockAttempted(deliveries: readonly AttemptedDelivery[], condition: SQL): SQL {
  const eventIds = sql.param(deliveries.map(({ eventId }) => eventId));
  const endpointIds = sql.param(deliveries.map(({ endpointId }) => endpointId));
  const attempts = sql.param(deliveries.map(({ attempt }) => attempt));
  return sql`
    SELECT d.event_id, d.endpoint_id FROM event_deliveries d
    WHERE (d.event_id, d.endpoint_id, d.attempt) IN
        (SELECT * FROM unnest(${eventIds}::uuid[], ${endpointIds}::uuid[], ${attempts}::int[]))
      AND ${condition}
    ORDER BY d.event_id, d.endpoint_id FOR UPDATE`;
}
