import { classifyFault } from "../../infra/runtime/faults/classify-fault.ts";
import type { FaultReports } from "../../infra/runtime/faults/report-faults.ts";
import { readFaultPlace } from "./fault-place.ts";

type Step = (...given: never[]) => Promise<unknown>;

/** A wrong permission may fail one turn while the others pass, and its alert must not come and go with each of them. */
const QUIET_MS = 10_000;

/**
 * Reports each wrong configuration that an activity meets. The activity still fails as before: a message that was accepted waits for the
 * correction, because without its store it can neither be answered nor ended.
 */
export function withFaultReports<T extends object>(steps: T, reports: FaultReports): T {
  const reported = Object.entries(steps).map(([name, step]) => [
    name,
    withReports(name, step as Step, reports),
  ]);
  return Object.fromEntries(reported) as T;
}

function withReports(name: string, step: Step, reports: FaultReports): Step {
  const subject = `activity/${name}`;
  return async (...given) => {
    try {
      const result = await step(...given);
      reports.noteRecovery(subject, QUIET_MS);
      return result;
    } catch (error) {
      const fault = classifyFault(error);
      if (fault !== null) reports.note(subject, fault, readFaultPlace());
      throw error;
    }
  };
}
