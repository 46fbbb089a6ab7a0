import { and, eq, not, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import { isDeliveredAlone } from "../turns/turn-plan.ts";

/*
 * A build is one release of the code. A turn that fails on a build may pass on another one, so restarts are counted for each build, and a
 * dead letter of a build is replayed when another build serves.
 */

export interface RestartedTurn {
  turnId: string;
  /** How often the sweeper has started it on this build. Many restarts are a sign of a poison turn. */
  restarts: number;
}

/** The restarts of a turn on this build. */
export function restartsOn(build: string) {
  return sql<number>`CASE WHEN ${turns.build} = ${build} THEN ${turns.restarts} ELSE 0 END`;
}

/** The open turn of a conversation's turn owner. */
export async function findRunningTurn(
  db: Queryable,
  { conversationId, build }: { conversationId: string; build: string },
): Promise<RestartedTurn | null> {
  const [row] = await db
    .select({ turnId: turns.id, restarts: restartsOn(build) })
    .from(turns)
    .where(
      and(eq(turns.conversationId, conversationId), eq(turns.state, "open"), not(isDeliveredAlone(turns))),
    );
  return row ?? null;
}

/** Counted after a successful start only, so that an unavailable Temporal server makes no turn poison. */
export async function countRestart(
  db: Queryable,
  { turnId, build }: { turnId: string; build: string },
): Promise<void> {
  await db
    .update(turns)
    .set({ restarts: sql`${restartsOn(build)} + 1`, build, restartedAt: sql`clock_timestamp()` })
    .where(eq(turns.id, turnId));
}

export interface BuildHealth {
  /** Turns that were restarted on the build and have not ended, and turns that became dead letters on it. */
  failing: number;
  /**
   * Turns that began after the first of them was restarted in the last ten minutes, and ended well. Without such a restart the last one
   * counts: turns that all wait are not restarted. At most as many as are failing.
   */
  passed: number;
}

/** Whether turns end on this build, as far as the last ten minutes show it. */
export async function readBuildHealth(db: Queryable, build: string): Promise<BuildHealth> {
  const { rows } = await db.execute<{ failing: number; passed: number }>(sql`
    WITH failing AS (
      SELECT restarted_at AS at FROM turns WHERE state = 'open' AND build = ${build} AND restarts > 0
      UNION ALL
      SELECT coalesce(restarted_at, opened_at) FROM turns
      WHERE outcome = 'failed' AND build IS NOT NULL AND build = ${build} AND closed_at > now() - interval '10 minutes'
        AND ${isNotReplayed(sql`turns`)}
    ), first AS (
      SELECT count(*)::int AS n, coalesce(min(at) FILTER (WHERE at > now() - interval '10 minutes'), max(at)) AS at FROM failing
    )
    SELECT n AS failing, (SELECT count(*)::int FROM (
      SELECT FROM turns t WHERE t.opened_at > first.at AND t.outcome IN ('answered', 'suppressed') LIMIT first.n) p) AS passed
    FROM first`);
  return rows[0] ?? { failing: 0, passed: 0 };
}

export interface PoisonedTurn {
  tenantId: string;
  turnId: string;
}

/**
 * Reasons that are about the code, or that may be: another build may have another statement or an index for it. The other reasons of
 * poison need an operator.
 */
const REASONS_OF_CODE = ["poison:stuck", "poison:restarts", "poison:broken", "poison:too_slow"] as const;
/** After this long an answer would surprise the contact. */
const MAX_AGE_DAYS = 3;
/** A turn that is poison on every build is replayed this often. Other turns of its conversation and replays by an operator do not count. */
const MAX_REPLAYS = 5;

/** Dead letters that another build caused, this one has not replayed, and no operator has dismissed. */
export async function listPoisonOfOtherBuilds(
  db: Queryable,
  { build, limit }: { build: string; limit: number },
): Promise<PoisonedTurn[]> {
  const { rows } = await db.execute<{ tenant_id: string; id: string }>(sql`
    SELECT t.tenant_id, t.id FROM turns t
    WHERE t.outcome = 'failed' AND t.build IS NOT NULL AND t.build <> ${build} AND ${isNotReplayed(sql`t`)}
      AND t.outcome_reason = ANY (${sql.param([...REASONS_OF_CODE])}::text[])
      AND t.closed_at > now() - make_interval(days => ${MAX_AGE_DAYS})
      AND t.replays < ${MAX_REPLAYS}
      AND NOT EXISTS (SELECT FROM dead_letter_dismissals x WHERE x.tenant_id = t.tenant_id AND x.id = t.id::text AND x.dismissed_at >= t.closed_at)
    ORDER BY t.closed_at LIMIT ${limit}`);
  return rows.map(({ tenant_id: tenantId, id: turnId }) => ({ tenantId, turnId }));
}

/** A turn without parts stays closed when it is replayed: its messages get a new turn. */
function isNotReplayed(turn: SQL): SQL {
  return sql`(${turn}.replayed_at IS NULL OR ${turn}.replayed_at < ${turn}.closed_at)`;
}

/** This build has tried to replay the turn, so it does not do it again. */
export async function markReplayedBy(
  db: Queryable,
  { turnId, build }: { turnId: string; build: string },
): Promise<void> {
  await db
    .update(turns)
    .set({ build })
    .where(and(eq(turns.id, turnId), eq(turns.outcome, "failed")));
}
