import { activityInfo, type Info } from "@temporalio/activity";
import { LRUCache } from "lru-cache";
import type { Alert } from "../../db/health/alerts.ts";
import type { createStepFailures } from "../../db/health/step-failures.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";
import { classifyPoison } from "./classify-poison.ts";
import { isSystemic } from "./is-systemic.ts";

/** Attempts at a step that fails with a permanent error: about 3 s of a local step, half a minute of a send. */
const MAX_ATTEMPTS = 6;
/** Of these attempts, the ones that failed permanently, in any process: other attempts were deferrals or transient errors. */
const MIN_PERMANENT = 3;
/** A slow disk ends the statements of a healthy turn too. So these turns end only where others have passed the step since. */
const NEEDS_HEALTHY_TURNS: ReadonlySet<string> = new Set(["poison:too_slow"]);
const MIN_HEALTHY = 3;
/** More passes than that are counted as these. */
const COUNTED_PASSES = 1_000;
const FAILING_WORKFLOWS = 10_000;
const ALERT_EVERY_MS = 60_000;

export interface StepHealth {
  /** The step of the current activity succeeded. */
  countPass(): void;
  /** The reason code of an error that ends the turn of the current activity, or null where the step must be tried again. */
  findPoison(error: unknown): Promise<string | null>;
}

export interface StepHealthDependencies {
  alerts: { raise(alert: Alert): Promise<void>; clear(name: string): Promise<void> };
  /** Shared by all workers. */
  failures: ReturnType<typeof createStepFailures>;
  log: Pick<Log, "error">;
  build: string;
  /** The current activity. */
  readActivity?: () => Pick<Info, "activityType" | "attempt" | "workflowExecution">;
}

interface Step {
  /** When the step last passed in this process, by `performance.now()`. */
  passedAt: number[];
  /** Workflows that have failed in this process. */
  failing: LRUCache<string, true>;
  /** The alert of this process; null without one. */
  alert: { raisedAt: number; failing: number } | null;
}

/**
 * What the workers know of their steps. A step that fails permanently for one workflow and passes for others has met a poison message. A
 * step that fails for most of them has another cause, such as this build or a missing key: then no turn ends, and an operator gets an alert.
 * All workers count the failures together in PostgreSQL; passes are too many for that, so each worker counts its own.
 */
export function createStepHealth({
  alerts,
  failures,
  log,
  build,
  readActivity = activityInfo,
}: StepHealthDependencies): StepHealth {
  const steps = new Map<string, Step>();

  function currentStep(): { name: string; workflowId: string; step: Step } {
    const { activityType: name, workflowExecution } = readActivity();
    const step = steps.get(name) ?? newStep();
    steps.set(name, step);
    return { name, workflowId: workflowExecution?.workflowId ?? "", step };
  }

  function report(name: string, step: Step, counts: { failing: number; passed: number }): void {
    const now = performance.now();
    if (step.alert !== null && now - step.alert.raisedAt < ALERT_EVERY_MS) return;
    step.alert = { raisedAt: now, failing: counts.failing };
    const detail = `The step ${name} fails for ${counts.failing} workflows and passed ${counts.passed} times since, so the cause is not one message. The turns wait. See the log of the workers, then roll back, or correct the cause.`;
    log.error({ step: name, build, ...counts }, detail);
    // Not logged: the line above reports the cause.
    void writeAfterEnd(() => alerts.raise({ name: nameAlert(name), detail })).catch(() => undefined);
  }

  return {
    countPass() {
      const { name, workflowId, step } = currentStep();
      countPass(step);
      // Not logged: without a new failure the row is soon too old to count.
      if (step.failing.delete(workflowId))
        void failures.forget({ step: name, workflowId }).catch(() => undefined);
      if (!isAlertOver(step)) return;
      step.alert = null;
      // Not logged: an alert that is not renewed ends by itself.
      void alerts.clear(nameAlert(name)).catch(() => undefined);
    },
    async findPoison(thrown) {
      const reason = classifyPoison(thrown);
      if (reason === null) return null;
      const { name, workflowId, step } = currentStep();
      step.failing.set(workflowId, true);
      const record = async () => await failures.record({ step: name, workflowId, build });
      // Not logged: the failure itself is, and an attempt that is not counted is repeated.
      const counted = await writeAfterEnd(record).catch(() => null);
      if (counted === null || readActivity().attempt < MAX_ATTEMPTS || counted.failures < MIN_PERMANENT)
        return null;
      const passed = countPassesSince(step, performance.now() - counted.failingForMs);
      const counts = { failing: counted.failing, passed };
      if (isPoison(reason, counts)) return reason;
      report(name, step, counts);
      return null;
    },
  };
}

function isPoison(reason: string, counts: { failing: number; passed: number }): boolean {
  const isProven = !NEEDS_HEALTHY_TURNS.has(reason) || counts.passed >= MIN_HEALTHY;
  return isProven && !isSystemic(counts);
}

/** The alert of this process ends when as many workflows passed as failed. */
function isAlertOver(step: Step): boolean {
  return step.alert !== null && countPassesSince(step, step.alert.raisedAt) >= step.alert.failing;
}

function countPass({ passedAt }: Step): void {
  passedAt.push(performance.now());
  if (passedAt.length > 2 * COUNTED_PASSES) passedAt.splice(0, COUNTED_PASSES);
}

const newStep = (): Step => ({
  passedAt: [],
  failing: new LRUCache({ max: FAILING_WORKFLOWS }),
  alert: null,
});

function countPassesSince({ passedAt }: Step, since: number): number {
  const first = passedAt.findLastIndex((at) => at <= since);
  return passedAt.length - 1 - first;
}

const nameAlert = (step: string) => `step_failing:${step}`;
