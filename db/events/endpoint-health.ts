import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { eventEndpoints } from "../schema/events.ts";

/** Records a failed attempt and the wait that the endpoint asked for. */
export async function recordEndpointFailure(
  db: Queryable,
  endpointId: string,
  { throttleMs }: { throttleMs: number },
): Promise<void> {
  await db
    .update(eventEndpoints)
    .set({
      failingSince: sql`coalesce(${eventEndpoints.failingSince}, clock_timestamp())`,
      throttledUntil: sql`greatest(${eventEndpoints.throttledUntil}, clock_timestamp() + make_interval(secs => ${throttleMs / 1000}))`,
    })
    .where(eq(eventEndpoints.id, endpointId));
}

/** The endpoint works again. `bringForwardRecovered` then brings its waiting deliveries forward. */
export async function recordEndpointSuccess(db: Queryable, endpointId: string): Promise<void> {
  await db
    .update(eventEndpoints)
    .set({ failingSince: null, throttledUntil: null, recoveredAt: sql`clock_timestamp()` })
    .where(and(eq(eventEndpoints.id, endpointId), isNotNull(eventEndpoints.failingSince)));
}

/** Over this time the deliveries of an endpoint that works again are spread. */
const SPREAD_S = 5;

/**
 * Brings the waiting deliveries of endpoints that work again forward, in batches. An attempt that was brought forward does not count
 * on the schedule, and each wait of the schedule is cut short once: an event that its endpoint rejects for ever would otherwise be
 * repeated after each success of another event.
 */
export async function bringForwardRecovered(db: Queryable, limit: number): Promise<number> {
  const { rows } = await db.execute<{ moved: number }>(sql`
    WITH recovered AS (
      SELECT id, recovered_at FROM event_endpoints WHERE recovered_at IS NOT NULL ORDER BY recovered_at LIMIT 1
      FOR UPDATE SKIP LOCKED
    ), wanted AS (
      SELECT d.event_id, d.endpoint_id FROM recovered r JOIN event_deliveries d ON d.endpoint_id = r.id
      WHERE d.state = 'pending' AND d.claimed_at IS NULL AND d.attempt > d.earlier_attempts
        AND d.next_attempt_at > now() + make_interval(secs => ${SPREAD_S})
        AND d.updated_at < r.recovered_at AND d.attempt > coalesce(d.last_early_attempt, 0)
      ORDER BY d.next_attempt_at LIMIT ${limit} FOR UPDATE OF d SKIP LOCKED
    ), moved AS (
      UPDATE event_deliveries d SET next_attempt_at = greatest(d.not_before, now() + random() * make_interval(secs => ${SPREAD_S})),
        early_attempts = d.early_attempts + 1, last_early_attempt = d.attempt + 1
      FROM wanted w WHERE d.event_id = w.event_id AND d.endpoint_id = w.endpoint_id RETURNING d.event_id
    ), ended AS (
      UPDATE event_endpoints e SET recovered_at = NULL FROM recovered r
      WHERE e.id = r.id AND (SELECT count(*) FROM moved) < ${limit}
    )
    SELECT count(*)::int AS moved FROM moved`);
  return rows[0]?.moved ?? 0;
}
