import { ActivityFailure, ApplicationFailure, TimeoutFailure } from "@temporalio/workflow";
import { FAILURES } from "./failures.ts";
import type { Tier } from "./names.ts";
import { poisonReason } from "./poison.ts";
import type { MessageSteps } from "./steps.ts";
import type { Route } from "./types.ts";

export interface TierChoice {
  tier: Tier;
  /** Why no better tier was used, or null. */
  reason: string | null;
}

/** Walks down the ladder until a tier gives a reply that passes the screen; `fixed_text` always does. */
export async function runFallbackChain(
  steps: MessageSteps,
  turnId: string,
  route: Route,
): Promise<TierChoice> {
  let choice: TierChoice = route.paidTiers
    ? { tier: "full_context", reason: null }
    : { tier: "cached_answer", reason: "budget_spent" };
  for (;;) {
    const problem = await tryTier(steps, turnId, choice);
    if (problem === null) return choice;
    choice = { tier: nextTier(choice.tier, problem, route), reason: choice.reason ?? problem };
  }
}

/** Null when the tier's reply stands screened in the store, else the name of what went wrong. */
async function tryTier(steps: MessageSteps, turnId: string, choice: TierChoice): Promise<string | null> {
  try {
    await steps.generate({ turnId, ...choice });
  } catch (error) {
    // Every tier stands on the same turn.
    if (poisonReason(error) !== null) throw error;
    return nameProblem(error);
  }
  const screening = await steps.screen({ turnId, ...choice });
  return screening.verdict === "pass" ? null : `screened_${screening.reason}`;
}

/**
 * Less context helps only against what context causes: a prompt that is too long or an answer that takes too long. A model
 * that is down, refuses us or asks us to slow down would do so for less context too, so that tier is skipped.
 */
function nextTier(tier: Tier, problem: string, route: Pick<Route, "paidTiers">): Tier {
  switch (tier) {
    case "full_context":
      return HELPED_BY_LESS_CONTEXT.has(problem) ? "compressed_context" : "cached_answer";
    case "compressed_context":
      return "cached_answer";
    case "cached_answer":
      return route.paidTiers ? "smaller_model" : "fixed_text";
    default:
      return "fixed_text";
  }
}

const HELPED_BY_LESS_CONTEXT: ReadonlySet<string> = new Set([
  FAILURES.contextTooLong,
  FAILURES.completionUnusable,
  "Timeout",
  // Not helped, but the way to the tier that the reply came from, whose answer is stored.
  FAILURES.replyExists,
]);

function nameProblem(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? FAILURES.modelDown;
  if (cause instanceof TimeoutFailure) return "Timeout";
  throw error;
}
