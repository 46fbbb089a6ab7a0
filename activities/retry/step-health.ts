import { activityInfo, type Info } from "@temporalio/activity";
import { LRUCache } from "lru-cache";
import type { Alert } from "../../db/health/alerts.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { classifyPoison } from "./classify-poison.ts";
import { isSystemic } from "./is-systemic.ts";

/** Attempts at a step that fails with a permanent error: about 3 s of a local step, half a minute of a send. */
const MAX_ATTEMPTS = 6;
/** Of these attempts, the ones that failed permanently in this process: other attempts were deferrals or transient errors. */
const MIN_PERMANENT = 3;
/** A workflow that has not failed for this long says nothing about the present. */
const FORGET_MS = 10 * 60_000;
const FAILING_WORKFLOWS = 10_000;
const ALERT_EVERY_MS = 60_000;

export interface StepHealth {
  /** The step of the current activity succeeded. */
  countPass(): void;
  /** The reason code of an error that ends the turn of the current activity, or null where the step must be tried again. */
  findPoison(error: unknown): string | null;
}

export interface StepHealthDependencies {
  alerts: { raise(alert: Alert): Promise<void>; clear(name: string): Promise<void> };
  log: Pick<Log, "error">;
  build: string;
  /** The current activity. */
  readActivity?: () => Pick<Info, "activityType" | "attempt" | "workflowExecution">;
}

interface Failing {
  permanent: number;
  /** The passes of the step before the first failure of this workflow. */
  passesBefore: number;
}

interface Step {
  passes: number;
  failing: LRUCache<string, Failing>;
  alertAt: number;
}

/**
 * What this process knows of its steps. A step that fails permanently for one workflow and passes for others has met a poison message. A
 * step that fails for most of them has another cause, such as this build or a missing key: then no turn ends, and an operator gets an alert.
 */
export function createStepHealth({
  alerts,
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
    if (Date.now() < step.alertAt) return;
    step.alertAt = Date.now() + ALERT_EVERY_MS;
    const detail = `The step ${name} fails for ${counts.failing} workflows and passed ${counts.passed} times since, so the cause is not one message. The turns wait. See the log of the workers, then roll back, or correct the cause.`;
    log.error({ step: name, build, ...counts }, detail);
    // Not logged: the line above reports the cause.
    void alerts.raise({ name: nameAlert(name), detail }).catch(() => undefined);
  }

  return {
    countPass() {
      const { name, workflowId, step } = currentStep();
      step.passes++;
      step.failing.delete(workflowId);
      if (step.alertAt === 0 || isSystemic(countWorkflows(step))) return;
      step.alertAt = 0;
      // Not logged: an alert that is not renewed ends by itself.
      void alerts.clear(nameAlert(name)).catch(() => undefined);
    },
    findPoison(error) {
      const reason = classifyPoison(error);
      if (reason === null) return null;
      const { name, workflowId, step } = currentStep();
      const before = step.failing.get(workflowId) ?? { permanent: 0, passesBefore: step.passes };
      const permanent = before.permanent + 1;
      step.failing.set(workflowId, { ...before, permanent });
      if (readActivity().attempt < MAX_ATTEMPTS || permanent < MIN_PERMANENT) return null;
      const counts = countWorkflows(step);
      if (!isSystemic(counts)) return reason;
      report(name, step, counts);
      return null;
    },
  };
}

const newStep = (): Step => ({
  passes: 0,
  failing: new LRUCache({ max: FAILING_WORKFLOWS, ttl: FORGET_MS }),
  alertAt: 0,
});

function countWorkflows({ passes, failing }: Step): { failing: number; passed: number } {
  // `values` skips what the cache has forgotten.
  const all = [...failing.values()];
  const passesBefore = Math.min(passes, ...all.map((one) => one.passesBefore));
  return { failing: all.length, passed: passes - passesBefore };
}

const nameAlert = (step: string) => `step_failing:${step}`;
