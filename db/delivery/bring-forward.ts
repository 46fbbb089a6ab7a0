import { type SQL, sql } from "drizzle-orm";
import { toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";

/*
 * The schedule of a channel waits for up to hours. These functions cut a wait short after a sign that the vendor works again: the contact
 * writes, a send on the account is accepted, or an operator asks for it. They change the time in the row, which is the promise; the
 * sweeper then signals the workflow that waits (`findDueEarlyParts`).
 *
 * An attempt that was brought forward does not count on the schedule. So a contact who keeps writing during an outage does not use
 * up the attempts. `not_before` is the vendor's Retry-After, which is always kept.
 */

/** Enough for a vendor that fails at once; several messages of a contact in a row make one attempt. */
const PAUSE_S = 3;
/** A wait that ends as soon as this is left alone. */
const SOON_S = 1;
/** Parts of one account that are brought forward in one second. The send rate of the channel applies in addition. */
const PER_SECOND = 10;

/** Waits of the gate, which end by themselves. A contact who writes ends the quiet hours, so that wait is not among them. */
const OWN_WAITS = sql.raw("('send_rate', 'earlier_reply')");
const WAITS = sql`d.is_moving AND d.state = 'intended' AND d.next_attempt_at > now() + make_interval(secs => ${SOON_S})
  AND coalesce(d.code, '') NOT IN ${OWN_WAITS}`;
/** No attempt since the last one that was brought forward. */
const IS_EARLY = sql`d.last_early_attempt > d.attempt`;

/** The contact wrote: the waiting parts of the conversation begin now. Returns the number of parts. */
export async function bringConversationForward(
  db: Queryable,
  conversationId: string,
  options: { oncePerWait?: true } = {},
): Promise<number> {
  const limit = options.oncePerWait === undefined ? sql`` : sql`AND ${MAY_MOVE_BY_ITSELF}`;
  return await bringForward(db, {
    chosen: sql`chosen AS (SELECT d.id, 0 AS delay_s FROM deliveries d JOIN turns t ON t.id = d.turn_id
      WHERE d.conversation_id = ${conversationId} AND t.state = 'open' AND ${WAITS} ${limit})`,
  });
}

/**
 * Without a sign from this very contact each wait of the schedule is cut short once: a part that its vendor refuses for ever would
 * otherwise be repeated after each accepted part of another contact.
 */
const MAY_MOVE_BY_ITSELF = sql`d.stalled_since IS NOT NULL`;

/**
 * Brings parts of accounts that work again forward, the oldest first, a few per account for the coming second. An account without
 * further parts leaves the list. Call it once a second.
 */
export async function bringRecoveredForward(db: Queryable, accounts = 50): Promise<number> {
  const recovered = sql`recovered AS (
    SELECT channel, account_id, recovered_at FROM account_outages WHERE recovered_at IS NOT NULL
    ORDER BY recovered_at LIMIT ${accounts} FOR UPDATE SKIP LOCKED)`;
  // For each account an index scan that ends after a few rows: a hundred thousand parts may wait.
  const waiting = sql`waiting AS (
    SELECT w.id, r.channel, r.account_id, row_number() OVER (PARTITION BY r.channel, r.account_id
      ORDER BY w.stalled_since, w.id) AS place
    FROM recovered r CROSS JOIN LATERAL (
      SELECT d.id, d.stalled_since FROM deliveries d
      WHERE d.failing_account = r.channel || '/' || r.account_id AND ${WAITS} AND ${MAY_MOVE_BY_ITSELF}
        AND d.updated_at < r.recovered_at AND (SELECT t.state FROM turns t WHERE t.id = d.turn_id) = 'open'
      ORDER BY d.stalled_since, d.id LIMIT ${PER_SECOND + 1}) AS w)`;
  return await db.transaction(async (tx) => {
    await tx.execute(setOtherPlans("off"));
    const { rows } = await tx.execute<{ id: string; delay_s: number }>(sql`
      WITH ${recovered}, ${waiting}, ended AS (
        DELETE FROM account_outages o USING recovered r
        WHERE o.channel = r.channel AND o.account_id = r.account_id AND NOT EXISTS (
          SELECT FROM waiting w WHERE w.channel = r.channel AND w.account_id = r.account_id AND w.place > ${PER_SECOND})
      )
      SELECT id, (place - 1)::float8 / ${PER_SECOND} AS delay_s FROM waiting WHERE place <= ${PER_SECOND}`);
    if (rows.length === 0) return 0;
    await tx.execute(setOtherPlans("on"));
    const parts = rows.map(({ id, delay_s: delayS }) => sql`(${id}::uuid, ${delayS}::float8)`);
    return await bringForward(tx, {
      chosen: sql`chosen (id, delay_s) AS (VALUES ${sql.join(parts, sql`, `)})`,
    });
  });
}

/**
 * All plans but index scans in the order of the index. PostgreSQL cannot estimate how many parts pass the filters: where it expects few,
 * it would read and sort all that wait.
 */
function setOtherPlans(state: "on" | "off"): SQL {
  return sql`SELECT set_config(name, ${state}, true)
    FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) AS name`;
}

export interface WaitingFilter {
  tenantId: string;
  channel?: string | undefined;
  accountId?: string | undefined;
  conversationId?: string | undefined;
  deliveryId?: string | undefined;
}

/** The parts that wait for the schedule, the oldest first. */
export async function findWaitingPartIds(
  db: Queryable,
  { tenantId, channel, accountId, conversationId, deliveryId }: WaitingFilter,
  limit: number,
): Promise<string[]> {
  const onlyIf = (condition: SQL, value: string | undefined) => (value === undefined ? sql`` : condition);
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT d.id FROM deliveries d JOIN conversations c ON c.id = d.conversation_id JOIN turns t ON t.id = d.turn_id
    WHERE d.tenant_id = ${tenantId} AND t.state = 'open' AND ${WAITS} AND coalesce(d.code, '') <> 'quiet_hours'
      ${onlyIf(sql`AND c.channel = ${channel}`, channel)} ${onlyIf(sql`AND c.account_id = ${accountId}`, accountId)}
      ${onlyIf(sql`AND d.conversation_id = ${conversationId}`, conversationId)} ${onlyIf(sql`AND d.id = ${deliveryId}`, deliveryId)}
    ORDER BY d.first_attempt_at NULLS LAST, d.id LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** An operator asked for it: the parts begin in this order, spread over seconds. */
export async function bringPartsForward(db: Queryable, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const list = sql.join(
    ids.map((id) => sql`${id}::uuid`),
    sql`, `,
  );
  return await bringForward(db, {
    chosen: sql`chosen AS (SELECT d.id, (place - 1)::float8 / ${PER_SECOND} AS delay_s
      FROM unnest(ARRAY[${list}]) WITH ORDINALITY AS listed (id, place) JOIN deliveries d ON d.id = listed.id WHERE ${WAITS})`,
  });
}

/** The last expression of `chosen` has this name, and selects `id` and `delay_s`. The end of the quiet hours is no wait of the schedule, so its attempt counts. */
async function bringForward(db: Queryable, { chosen }: { chosen: SQL }): Promise<number> {
  // Two signs at the same time may choose the same parts. An UPDATE alone would lock them in the order of its plan.
  const { rowCount } = await db.execute(sql`
    WITH ${chosen}, locked AS MATERIALIZED (
      SELECT o.id, o.not_before, o.attempted_at, chosen.delay_s FROM chosen JOIN deliveries o ON o.id = chosen.id
      ORDER BY o.id FOR UPDATE OF o
    )
    UPDATE deliveries d SET next_attempt_at = start.at, last_early_attempt = d.attempt + 1,
      early_attempts = d.early_attempts + (d.code IS DISTINCT FROM 'quiet_hours' AND NOT coalesce(${IS_EARLY}, false))::int
    FROM locked o CROSS JOIN LATERAL (
      SELECT greatest(now() + make_interval(secs => o.delay_s), o.not_before, o.attempted_at + make_interval(secs => ${PAUSE_S})) AS at
    ) AS start
    WHERE d.id = o.id AND ${mayMove(sql`d.state`, DELIVERY_MOVES.bringForward)}
      AND d.next_attempt_at > start.at + make_interval(secs => ${SOON_S})`);
  return rowCount ?? 0;
}

export interface EarlyPart extends Cursor {
  workflowId: string;
}

/** Parts that were brought forward and are due: their workflows still wait for the old time. */
export async function findDueEarlyParts(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<EarlyPart[]> {
  const after =
    keysetBefore === null
      ? sql``
      : sql`AND (d.next_attempt_at, d.id) > (${keysetBefore.at}::timestamptz, ${keysetBefore.id}::uuid)`;
  const { rows } = await db.execute<{ id: string; at: string; workflow_id: string }>(sql`
    SELECT d.id, ${toMicros(sql`d.next_attempt_at`)} AS at, t.workflow_id FROM deliveries d JOIN turns t ON t.id = d.turn_id
    WHERE d.is_moving AND d.state = 'intended' AND ${IS_EARLY} AND t.state = 'open'
      AND d.next_attempt_at <= now() - make_interval(secs => ${olderThanMs / 1000}) ${after}
    ORDER BY d.next_attempt_at, d.id LIMIT ${limit}`);
  return rows.map(({ id, at, workflow_id: workflowId }) => ({ id, at, workflowId }));
}
