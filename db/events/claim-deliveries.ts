import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { EVENT_DELIVERY_MOVES } from "../transitions/event-delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { EventDeliveryKey, StartableDelivery } from "./event-deliveries.ts";

/** A row that is taken for one attempt. `claim` is its `claimed_at` with all digits: it differs each time. */
export type Claim = EventDeliveryKey & { claim: string };
export type ClaimedDelivery = StartableDelivery & Claim;

export interface ClaimLimits {
  /** Rows of one call. */
  rows: number;
  /** Attempts that run at the same time, at one endpoint, for one tenant and in all. */
  perEndpoint: number;
  perTenant: number;
  inAll: number;
}

const WAITS = sql.raw("state = 'pending' AND claimed_at IS NULL");
const RUNS = sql.raw("state = 'pending' AND claimed_at IS NOT NULL");
/** The conditions of two indexes. Neither kind of attempt reads past the waiting rows of the other. */
const IS_FIRST = sql.raw("attempt = earlier_attempts");
const IS_LATER = sql.raw("attempt > earlier_attempts");

/**
 * Claims rows whose first attempt is due, within the limits. Attempts that began more than `countedMs` ago have ended or were lost, so they
 * do not count: a workflow that waits for Temporal does not hold up first attempts.
 */
export async function claimFirstAttempts(
  db: Queryable,
  { countedMs, ...limits }: ClaimLimits & { countedMs: number },
): Promise<ClaimedDelivery[]> {
  const isRecent = sql`claimed_at > now() - make_interval(secs => ${countedMs / 1000})`;
  return await claimDue(db, IS_FIRST, sql`${RUNS} AND ${isRecent}`, limits);
}

/** Claims rows whose next attempt is due, after their first one, within the limits. A workflow makes these attempts. */
export async function claimLaterAttempts(db: Queryable, limits: ClaimLimits): Promise<ClaimedDelivery[]> {
  return await claimDue(db, IS_LATER, RUNS, limits);
}

/**
 * The other rows wait in the table, however many they are: a slow endpoint delays only its own events. Tenants take turns,
 * and so do the endpoints of a tenant. Among tenants with the same turn the oldest event comes first, or the same tenants would always be
 * chosen. Rows of one relay have the same time, and ids begin with theirs.
 */
async function claimDue(
  db: Queryable,
  kind: SQL,
  isRunning: SQL,
  limits: ClaimLimits,
): Promise<ClaimedDelivery[]> {
  return await claimRows(
    db,
    sql`RECURSIVE ${listEndpoints(kind)}, running AS (
      SELECT endpoint_id, tenant_id, count(*)::int AS attempts FROM event_deliveries WHERE ${isRunning} GROUP BY 1, 2
    ), due AS (
      SELECT d.event_id, d.endpoint_id, e.tenant_id, d.place + coalesce(r.attempts, 0) AS place, d.next_attempt_at
      FROM listed JOIN event_endpoints e ON e.id = listed.endpoint_id AND coalesce(e.throttled_until <= now(), true)
      LEFT JOIN running r ON r.endpoint_id = e.id
      CROSS JOIN LATERAL (
        SELECT event_id, endpoint_id, next_attempt_at, row_number() OVER (ORDER BY next_attempt_at) AS place
        FROM event_deliveries WHERE endpoint_id = e.id AND ${WAITS} AND ${kind} AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT greatest(${limits.perEndpoint}::int - coalesce(r.attempts, 0), 0)) AS d
    ), in_turn AS (
      SELECT due.*, row_number() OVER (PARTITION BY tenant_id ORDER BY place, next_attempt_at)
        + coalesce((SELECT sum(r.attempts) FROM running r WHERE r.tenant_id = due.tenant_id), 0) AS turn
      FROM due
    ), chosen AS (
      SELECT event_id, endpoint_id FROM in_turn WHERE turn <= ${limits.perTenant}::int ORDER BY turn, next_attempt_at, event_id
      LIMIT least(${limits.rows}::int, greatest(${limits.inAll}::int - (SELECT coalesce(sum(attempts), 0)::int FROM running), 0))
    ), wanted AS (
      SELECT d.* FROM chosen c CROSS JOIN LATERAL (
        SELECT event_id, endpoint_id FROM event_deliveries
        WHERE event_id = c.event_id AND endpoint_id = c.endpoint_id AND ${WAITS} AND ${kind} FOR UPDATE SKIP LOCKED) AS d
    )`,
  );
}

/**
 * The endpoints with waiting rows. Each step of the recursion is one look into the index, so the cost does not grow with the number
 * of waiting rows.
 */
function listEndpoints(kind: SQL): SQL {
  return sql`listed AS (
      (SELECT endpoint_id FROM event_deliveries WHERE ${WAITS} AND ${kind} ORDER BY endpoint_id LIMIT 1)
      UNION ALL
      SELECT (SELECT d.endpoint_id FROM event_deliveries d WHERE ${WAITS} AND ${kind} AND d.endpoint_id > listed.endpoint_id
        ORDER BY d.endpoint_id LIMIT 1)
      FROM listed WHERE listed.endpoint_id IS NOT NULL
    )`;
}

/** Claims rows whose attempt runs for so long that its workflow may be lost. At most `inAll` rows run, so this stays small. */
export async function claimOverdueAttempts(
  db: Queryable,
  { overdueMs, limit }: { overdueMs: number; limit: number },
): Promise<ClaimedDelivery[]> {
  return await claimRows(
    db,
    sql`wanted AS (
      SELECT event_id, endpoint_id FROM event_deliveries
      WHERE ${RUNS} AND ${IS_LATER} AND claimed_at < now() - make_interval(secs => ${overdueMs / 1000})
      ORDER BY claimed_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )`,
  );
}

async function claimRows(db: Queryable, wanted: SQL): Promise<ClaimedDelivery[]> {
  const { rows } = await db.execute<{
    event_id: string;
    endpoint_id: string;
    tenant_id: string;
    claimed_at: string;
  }>(sql`
    WITH ${wanted}
    UPDATE event_deliveries d SET claimed_at = now() FROM wanted w
    WHERE d.event_id = w.event_id AND d.endpoint_id = w.endpoint_id
    RETURNING d.event_id, d.endpoint_id, d.tenant_id, d.claimed_at::text`);
  return rows.map((row) => ({
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    tenantId: row.tenant_id,
    claim: row.claimed_at,
  }));
}

/** No attempt was made: the rows wait again. It writes nothing for a row whose `claimed_at` has changed, or that has an outcome. */
export async function unclaimDeliveries(db: Queryable, claims: readonly Claim[]): Promise<void> {
  await db.execute(sql`
    WITH own AS (${lockClaimed(claims)})
    UPDATE event_deliveries d SET claimed_at = NULL
    FROM own WHERE d.event_id = own.event_id AND d.endpoint_id = own.endpoint_id`);
}

/** The rows that still have this `claimed_at`. They are locked in one order, so that two changes cannot wait for each other. */
export function lockClaimed(claims: readonly Claim[]): SQL {
  const eventIds = sql.param(claims.map(({ eventId }) => eventId));
  const endpointIds = sql.param(claims.map(({ endpointId }) => endpointId));
  const times = sql.param(claims.map(({ claim }) => claim));
  return sql`
    SELECT d.event_id, d.endpoint_id FROM event_deliveries d
    WHERE (d.event_id, d.endpoint_id, d.claimed_at) IN
        (SELECT * FROM unnest(${eventIds}::uuid[], ${endpointIds}::uuid[], ${times}::timestamptz[]))
      AND ${mayMove(sql.raw("d.state"), EVENT_DELIVERY_MOVES.leaveToWorkflow)}
    ORDER BY d.event_id, d.endpoint_id FOR UPDATE`;
}
