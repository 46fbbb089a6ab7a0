import { ActivityFailure, ApplicationFailure } from "@temporalio/workflow";
import { FAILURES } from "./failures.ts";

/** Why a step fails alike each time, in a word, or null where its failure says something else. */
export function poisonReason(error: unknown): string | null {
  // A local activity's failure comes bare.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure) || failure.type !== FAILURES.poison) return null;
  const [reason] = failure.details ?? [];
  return typeof reason === "string" ? reason : "poison";
}
