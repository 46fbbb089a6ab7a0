import { and, eq, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { stepFailures } from "../schema/health.ts";

/*
 * The workflows that fail permanently in a step. Each attempt may be made by another process, so no process alone knows how often a
 * workflow has failed, or how many of them fail. Only a permanent failure costs a write.
 */

/** A workflow that has not failed for this long says nothing about the present. */
const PRESENT_MINUTES = 10;
/** The waits between the attempts at a send are hours. */
const COUNTED_HOURS = 24;

export interface FailingStep {
  step: string;
  workflowId: string;
  build: string;
}

export interface StepFailureCounts {
  /** Permanent failures of this workflow in this step on this build. */
  failures: number;
  /** Workflows that fail in this step on this build, with this one. */
  failing: number;
  /** Since the first failure of any of them, ms. */
  failingForMs: number;
}

async function recordStepFailure(
  db: Queryable,
  { step, workflowId, build }: FailingStep,
): Promise<StepFailureCounts> {
  const isSame = sql`s.build = excluded.build AND s.last_at > now() - make_interval(hours => ${COUNTED_HOURS})`;
  const { rows } = await db.execute<{ failures: number; failing: number; failing_for_ms: number }>(sql`
    WITH own AS (
      INSERT INTO ${stepFailures} AS s (step, workflow_id, build, failures, first_at, last_at)
      VALUES (${step}, ${workflowId}, ${build}, 1, clock_timestamp(), clock_timestamp())
      ON CONFLICT (step, workflow_id) DO UPDATE SET failures = CASE WHEN ${isSame} THEN s.failures + 1 ELSE 1 END,
        first_at = CASE WHEN ${isSame} THEN s.first_at ELSE excluded.first_at END,
        build = excluded.build, last_at = excluded.last_at
      RETURNING failures, first_at
    ), others AS (
      SELECT count(*)::int AS n, min(first_at) AS first_at FROM ${stepFailures}
      WHERE step = ${step} AND build = ${build} AND workflow_id <> ${workflowId}
        AND last_at > now() - make_interval(mins => ${PRESENT_MINUTES})
    )
    SELECT own.failures, others.n + 1 AS failing,
      extract(epoch FROM clock_timestamp() - least(own.first_at, others.first_at))::float8 * 1000 AS failing_for_ms
    FROM own CROSS JOIN others`);
  const [row] = rows;
  if (row === undefined) throw new Error("A failure of a step was not recorded.");
  return { failures: row.failures, failing: row.failing, failingForMs: row.failing_for_ms };
}

/** The step has passed after all. */
async function forgetStepFailure(
  db: Queryable,
  { step, workflowId }: Pick<FailingStep, "step" | "workflowId">,
): Promise<void> {
  await db
    .delete(stepFailures)
    .where(and(eq(stepFailures.step, step), eq(stepFailures.workflowId, workflowId)));
}

/** Returns the number of deleted rows. */
export async function deleteOldStepFailures(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    DELETE FROM ${stepFailures} WHERE ctid IN (
      SELECT ctid FROM ${stepFailures} WHERE last_at < now() - make_interval(hours => ${COUNTED_HOURS}) LIMIT ${limit})`);
  return rowCount ?? 0;
}

/** The failures of steps in one database. */
export function createStepFailures(db: Queryable) {
  return {
    record: async (failing: FailingStep) => await recordStepFailure(db, failing),
    forget: async (failing: Pick<FailingStep, "step" | "workflowId">) => await forgetStepFailure(db, failing),
  };
}
