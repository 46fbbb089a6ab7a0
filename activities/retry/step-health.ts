import { activityInfo, type Info } from "@temporalio/activity";
import { LRUCache } from "lru-cache";
import type { Alert } from "../../db/health/alerts.ts";
import {
  COUNTED_WORKFLOWS,
  type createStepFailures,
  type StepFailureCounts,
  type WorkflowStep,
} from "../../db/health/step-failures.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { oneAtATime } from "../../infra/runtime/one-at-a-time.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";
import { classifyPoison } from "./classify-poison.ts";
import { isSystemic } from "./is-systemic.ts";

/** Attempts at a step that fails with a permanent error: about 3 s of a local step, half a minute of a send. */
const MAX_ATTEMPTS = 6;
/** Of these attempts, the ones that failed permanently, in any process: other attempts were deferrals or transient errors. */
const MIN_PERMANENT = 3;
/** Earlier attempts are not among the permanent ones that a judgement needs, and most failures end before: they cost no write. */
const FIRST_RECORDED = MAX_ATTEMPTS - MIN_PERMANENT + 1;
/**
 * A failure may come from an overload of PostgreSQL, and a process may run 500 steps. As many at a time show that a failure is systemic. An
 * attempt that is not recorded is repeated.
 */
const MAX_RECORDING = 3;
/** A slow disk ends the statements of a healthy turn too. So these turns end only where others have passed the step since. */
const NEEDS_HEALTHY_TURNS: ReadonlySet<string> = new Set(["poison:too_slow"]);
const MIN_HEALTHY = 3;
/** Fewer than the failing ones that are counted, so as many failing ones are systemic, however many there are. */
const COUNTED_PASSES = COUNTED_WORKFLOWS - 1;
/** Passes that PostgreSQL does not know yet. Of more, the oldest are too old to count soon. */
const FORGOTTEN_WORKFLOWS = 10_000;
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
  /** When each workflow last passed in this process, by `performance.now()`. */
  passedAt: LRUCache<string, number>;
  /** The alert of this process; null without one. */
  alert: { raisedAt: number; failing: number } | null;
}

/**
 * What the workers know of their steps. A step that fails permanently for one workflow and passes for others has met a poison message. A
 * step that fails for most of them has another cause, such as this build or a missing key: then no turn ends, and an operator gets an alert.
 * All workers count the failures together in PostgreSQL. Passes are too many for that, so each worker counts its own, and PostgreSQL those that
 * no activity made.
 */
export function createStepHealth({
  alerts,
  failures,
  log,
  build,
  readActivity = activityInfo,
}: StepHealthDependencies): StepHealth {
  const steps = new Map<string, Step>();
  const toForget = new LRUCache<string, WorkflowStep>({ max: FORGOTTEN_WORKFLOWS });
  let recording = 0;

  function currentStep(): { name: string; workflowId: string; attempt: number; step: Step } {
    const { activityType: name, workflowExecution, attempt } = readActivity();
    const step = steps.get(name) ?? newStep();
    steps.set(name, step);
    return { name, workflowId: workflowExecution?.workflowId ?? "", attempt, step };
  }

  /** After an outage many steps pass at a later attempt. They are forgotten by one statement at a time. */
  const forgetting = oneAtATime(async () => {
    const batch = [...toForget.entries()];
    toForget.clear();
    await failures.forget(batch.map(([, workflowStep]) => workflowStep)).catch(() => {
      // Not logged: the next pass repeats it, and without a new failure the row is soon too old to count.
      for (const [key, workflowStep] of batch) toForget.set(key, workflowStep);
    });
  });

  function endAlert(name: string, step: Step): void {
    const { alert } = step;
    step.alert = null;
    // Not logged: the next pass repeats it, and an alert that is not renewed ends by itself.
    void writeAfterEnd(() => alerts.clear(nameAlert(name))).catch(() => (step.alert ??= alert));
  }

  async function record(failing: WorkflowStep): Promise<StepFailureCounts | null> {
    if (recording >= MAX_RECORDING) return null;
    recording++;
    try {
      return await failures.record({ ...failing, build });
    } catch {
      // Not logged: the failure of the step is, and an attempt that is not counted is repeated.
      return null;
    } finally {
      recording--;
    }
  }

  /** Those of this process, or those that PostgreSQL knows if they are more: some passes are in both. Null where they cannot be counted. */
  async function countAllPasses(name: string, step: Step, sinceMs: number): Promise<number | null> {
    const own = countPassesSince(step, performance.now() - sinceMs);
    try {
      return Math.max(own, await failures.countPasses({ step: name, sinceMs }));
    } catch {
      // Not logged: the failure of the step is, and the next attempt is judged.
      return null;
    }
  }

  function report(name: string, step: Step, counts: { failing: number; passed: number }): void {
    const now = performance.now();
    if (step.alert !== null && now - step.alert.raisedAt < ALERT_EVERY_MS) return;
    step.alert = { raisedAt: now, failing: Math.min(counts.failing, COUNTED_PASSES) };
    const detail = `The step ${name} fails for ${counts.failing} workflows and passed ${counts.passed} times since, so the cause is not one message. The turns wait. See the log of the workers, then roll back, or correct the cause.`;
    log.error({ step: name, build, ...counts }, detail);
    // Not logged: the line above reports the cause.
    void alerts.raise({ name: nameAlert(name), detail }).catch(() => undefined);
  }

  return {
    countPass() {
      const { name, workflowId, attempt, step } = currentStep();
      step.passedAt.set(workflowId, performance.now());
      // Another process may have recorded the failures of the earlier attempts.
      if (attempt > 1) {
        toForget.set(`${name} ${workflowId}`, { step: name, workflowId });
        void writeAfterEnd(forgetting.after);
      }
      if (isAlertOver(step)) endAlert(name, step);
    },
    async findPoison(thrown) {
      const reason = classifyPoison(thrown);
      if (reason === null) return null;
      const { name, workflowId, attempt, step } = currentStep();
      step.passedAt.delete(workflowId);
      if (attempt < FIRST_RECORDED) return null;
      const counted = await record({ step: name, workflowId });
      if (counted === null || attempt < MAX_ATTEMPTS || counted.failures < MIN_PERMANENT) return null;
      const passed = await countAllPasses(name, step, counted.failingForMs);
      if (passed === null) return null;
      const counts = { failing: counted.failing, passed };
      if (!isPoison(reason, counts)) {
        report(name, step, counts);
        return null;
      }
      if (step.alert !== null) endAlert(name, step);
      return reason;
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

const newStep = (): Step => ({
  passedAt: new LRUCache({ max: COUNTED_PASSES }),
  alert: null,
});

/** Workflows, because one that passes several times proves less than several ones. */
function countPassesSince({ passedAt }: Step, since: number): number {
  return [...passedAt.values()].filter((at) => at > since).length;
}

const nameAlert = (step: string) => `step_failing:${step}`;
