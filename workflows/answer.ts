import { ActivityFailure, ApplicationFailure, TimeoutFailure } from "@temporalio/workflow";
import { FAILURES } from "./failures.ts";
import type { Rung } from "./names.ts";
import { poisonReason } from "./poison.ts";
import type { MessageSteps } from "./steps.ts";
import type { Route } from "./types.ts";

export interface AnswerChoice {
  rung: Rung;
  /** Why no better rung was used, or null. */
  reason: string | null;
}

/** Walks down the ladder until a rung gives a reply that passes the screen; `canned_text` always does. */
export async function answer(steps: MessageSteps, turnId: string, route: Route): Promise<AnswerChoice> {
  let choice: AnswerChoice = route.paidRungs
    ? { rung: "full_context", reason: null }
    : { rung: "cached_answer", reason: "budget_spent" };
  for (;;) {
    const problem = await tryRung(steps, turnId, choice);
    if (problem === null) return choice;
    choice = { rung: nextRung(choice.rung, problem, route), reason: choice.reason ?? problem };
  }
}

/** Null when the rung's reply stands screened in the store, else the name of what went wrong. */
async function tryRung(steps: MessageSteps, turnId: string, choice: AnswerChoice): Promise<string | null> {
  try {
    await steps.generate({ turnId, ...choice });
  } catch (error) {
    // Every rung stands on the same turn.
    if (poisonReason(error) !== null) throw error;
    return problemName(error);
  }
  const screening = await steps.screen({ turnId, ...choice });
  return screening.verdict === "pass" ? null : `screened_${screening.reason}`;
}

/**
 * Less context helps only against what context causes: a prompt that is too long or an answer that takes too long. A model
 * that is down, refuses us or asks us to slow down would do so for less context too, so that rung is skipped.
 */
function nextRung(rung: Rung, problem: string, route: Pick<Route, "paidRungs">): Rung {
  switch (rung) {
    case "full_context":
      return HELPED_BY_LESS_CONTEXT.has(problem) ? "compressed_context" : "cached_answer";
    case "compressed_context":
      return "cached_answer";
    case "cached_answer":
      return route.paidRungs ? "smaller_model" : "canned_text";
    default:
      return "canned_text";
  }
}

const HELPED_BY_LESS_CONTEXT: ReadonlySet<string> = new Set([
  FAILURES.contextTooLong,
  FAILURES.answerUnusable,
  "Timeout",
  // Not helped, but the way to the rung that the reply came from, whose answer is stored.
  FAILURES.replyStands,
]);

function problemName(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? FAILURES.modelDown;
  if (cause instanceof TimeoutFailure) return "Timeout";
  throw error;
}
