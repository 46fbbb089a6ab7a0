import { ActivityFailure, ApplicationFailure } from "@temporalio/workflow";
import { FAILURES } from "./failures.ts";

/** The reason of a `Poison` failure as one word, or null for every other error. */
export function poisonReason(error: unknown): string | null {
  // A local activity throws its failure without the ActivityFailure around it.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure) || failure.type !== FAILURES.poison) return null;
  const [reason] = failure.details ?? [];
  return typeof reason === "string" ? reason : "poison";
}
