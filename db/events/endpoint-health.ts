import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { eventEndpoints } from "../schema/events.ts";

/** Records a failed attempt and the wait that the endpoint asked for. Returns the time since its last success, ms. */
export async function recordEndpointFailure(
  db: Queryable,
  endpointId: string,
  { throttleMs }: { throttleMs: number },
): Promise<number> {
  const { rows } = await db.execute<{ failing_ms: number }>(sql`
    UPDATE event_endpoints SET failing_since = coalesce(failing_since, clock_timestamp()),
      throttled_until = greatest(throttled_until, clock_timestamp() + make_interval(secs => ${throttleMs / 1000}))
    WHERE id = ${endpointId}
    RETURNING (extract(epoch FROM clock_timestamp() - failing_since) * 1000)::float8 AS failing_ms`);
  return rows[0]?.failing_ms ?? 0;
}

export async function recordEndpointSuccess(db: Queryable, endpointId: string): Promise<void> {
  await db
    .update(eventEndpoints)
    .set({ failingSince: null, throttledUntil: null })
    .where(and(eq(eventEndpoints.id, endpointId), isNotNull(eventEndpoints.failingSince)));
}
