import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { eventDeliveries } from "../schema/events.ts";
import { stepFailures } from "../schema/health.ts";

/*
 * The workflows that fail permanently in a step. Each attempt may be made by another process, so no process alone knows how often a
 * workflow has failed, or how many of them fail. Only a permanent failure costs a write.
 */

/** A workflow that has not failed for this long says nothing about the present. Its next failure begins a new series. */
const PRESENT_MINUTES = 10;
/** The waits between the attempts at a send are hours. */
const COUNTED_HOURS = 24;
/** More failing workflows are counted as these. */
export const COUNTED_WORKFLOWS = 1_000;

/** A workflow in one of its steps. */
export interface WorkflowStep {
  step: string;
  workflowId: string;
}

export interface StepFailureCounts {
  /** Permanent failures of this workflow in this step on this build. */
  failures: number;
  /** Workflows that fail in this step on this build at present, with this one. */
  failing: number;
  /** Since the last of them began to fail, ms. */
  failingForMs: number;
}

async function recordStepFailure(
  db: Queryable,
  { step, workflowId, build }: WorkflowStep & { build: string },
): Promise<StepFailureCounts> {
  const isSame = sql`s.build = excluded.build AND s.last_at > now() - make_interval(hours => ${COUNTED_HOURS})`;
  const isPresent = sql`now() - make_interval(mins => ${PRESENT_MINUTES})`;
  const { rows } = await db.execute<{ failures: number; failing: number; failing_for_ms: number }>(sql`
    WITH own AS (
      INSERT INTO ${stepFailures} AS s (step, workflow_id, build, failures, first_at, last_at)
      VALUES (${step}, ${workflowId}, ${build}, 1, clock_timestamp(), clock_timestamp())
      ON CONFLICT (step, workflow_id) DO UPDATE SET failures = CASE WHEN ${isSame} THEN s.failures + 1 ELSE 1 END,
        first_at = CASE WHEN ${isSame} AND s.last_at > ${isPresent} THEN s.first_at ELSE excluded.first_at END,
        build = excluded.build, last_at = excluded.last_at
      RETURNING failures, first_at
    ), others AS (
      SELECT count(*)::int AS n, max(first_at) AS first_at FROM (
        SELECT first_at FROM ${stepFailures}
        WHERE step = ${step} AND build = ${build} AND workflow_id <> ${workflowId} AND last_at > ${isPresent}
        LIMIT ${COUNTED_WORKFLOWS - 1}) present
    )
    SELECT own.failures, others.n + 1 AS failing,
      extract(epoch FROM clock_timestamp() - greatest(own.first_at, others.first_at))::float8 * 1000 AS failing_for_ms
    FROM own CROSS JOIN others`);
  const [row] = rows;
  if (row === undefined) throw new Error("A failure of a step was not recorded.");
  return { failures: row.failures, failing: row.failing, failingForMs: row.failing_for_ms };
}

/** These workflows have passed these steps after all. A row that another process changes at the same time is a new failure. */
async function forgetStepFailures(db: Queryable, passed: readonly WorkflowStep[]): Promise<void> {
  const steps = sql.param(passed.map(({ step }) => step));
  const workflowIds = sql.param(passed.map(({ workflowId }) => workflowId));
  await db.execute(sql`
    DELETE FROM ${stepFailures} WHERE ctid IN (
      SELECT ctid FROM ${stepFailures}
      WHERE (step, workflow_id) IN (SELECT * FROM unnest(${steps}::text[], ${workflowIds}::text[]))
      ORDER BY step, workflow_id FOR UPDATE SKIP LOCKED)`);
}

/** Returns the number of deleted rows. */
export async function deleteOldStepFailures(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    DELETE FROM ${stepFailures} WHERE ctid IN (
      SELECT ctid FROM ${stepFailures} WHERE last_at < now() - make_interval(hours => ${COUNTED_HOURS})
      ORDER BY last_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`);
  return rowCount ?? 0;
}

/**
 * The sweeping process makes the first attempts at events without workflows, so the process that meets a failure of the step has not seen
 * most of its passes. The rows of delivered events are the record of them.
 */
const STEP_OF_EVENTS = "sendEvent";

/** Passes of a step that PostgreSQL knows, up to `COUNTED_WORKFLOWS`. None of a step whose passes each worker counts. */
async function countStoredPasses(
  db: Queryable,
  { step, sinceMs }: { step: string; sinceMs: number },
): Promise<number> {
  if (step !== STEP_OF_EVENTS) return 0;
  const { rows } = await db.execute<{ passed: number }>(sql`
    SELECT count(*)::int AS passed FROM (
      SELECT FROM ${eventDeliveries}
      WHERE state = 'delivered' AND updated_at > now() - make_interval(secs => ${sinceMs / 1000}::float8)
      LIMIT ${COUNTED_WORKFLOWS}) delivered`);
  return rows[0]?.passed ?? 0;
}

/** The failures of steps in one database. */
export function createStepFailures(db: Queryable) {
  return {
    countPasses: async (since: { step: string; sinceMs: number }) => await countStoredPasses(db, since),
    record: async (failing: WorkflowStep & { build: string }) => await recordStepFailure(db, failing),
    forget: async (passed: readonly WorkflowStep[]) => await forgetStepFailures(db, passed),
  };
}
