import { ApplicationFailure } from "@temporalio/activity";
import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from "cockatiel";
import { FAILURES } from "../../../workflows/failures.ts";
import { isProviderTrouble } from "./model-failure.ts";

/** Failures in a row after which a model counts as down. */
const FAILURES_TO_OPEN = 5;
/** After this long one call probes the model. All other calls fail at once, so the next tier answers. */
const PROBE_AFTER_MS = 10_000;

/** One circuit per model and process. Only trouble at the provider opens it, never the refusal of one prompt. */
export function createCircuits() {
  const byModel = new Map<string, CircuitBreakerPolicy>();
  const getCircuit = (model: string) => {
    const known = byModel.get(model);
    if (known !== undefined) return known;
    const created = circuitBreaker(handleWhen(isProviderTrouble), {
      halfOpenAfter: PROBE_AFTER_MS,
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    });
    byModel.set(model, created);
    return created;
  };
  return {
    async run<T>(model: string, call: () => Promise<T>): Promise<T> {
      try {
        return await getCircuit(model).execute(call);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw ApplicationFailure.nonRetryable(`The circuit of ${model} is open.`, FAILURES.modelDown);
      }
    },
  };
}

export type Circuits = ReturnType<typeof createCircuits>;
