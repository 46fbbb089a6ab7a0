import { ActivityFailure, ApplicationFailure, TimeoutFailure } from "@temporalio/workflow";
import { FAILURES } from "./failures.ts";
import type { Tier } from "./names.ts";
import { poisonReason } from "./poison.ts";
import type { MessageSteps } from "./steps.ts";
import type { AcquiredTurn, Route } from "./types.ts";

export interface TierChoice {
  tier: Tier;
  /** Why no better tier was used, or null. */
  reason: string | null;
}

type ChainSteps = Pick<MessageSteps, "generate" | "screen">;

/** Tries one tier after the other until a reply passes the screen. The last tier, `fixed_text`, always passes. */
export async function runFallbackChain(
  steps: ChainSteps,
  turn: AcquiredTurn,
  route: Route,
): Promise<TierChoice> {
  let choice: TierChoice = route.paidTiers
    ? { tier: "full_context", reason: null }
    : { tier: "cached_answer", reason: "budget_spent" };
  for (;;) {
    const problem = await tryTier(steps, turn, choice);
    if (problem === null) return choice;
    choice = { tier: nextTier(choice.tier, problem, route), reason: choice.reason ?? problem };
  }
}

/** Null when Postgres has a screened reply of this tier, else the name of the problem. */
async function tryTier(
  steps: ChainSteps,
  { turnId, modelCall }: AcquiredTurn,
  choice: TierChoice,
): Promise<string | null> {
  try {
    await steps.generate({ turnId, ...choice }, modelCall);
  } catch (error) {
    // Poison belongs to the turn, so no other tier can succeed.
    if (poisonReason(error) !== null) throw error;
    return nameProblem(error);
  }
  const screening = await steps.screen({ turnId, ...choice });
  return screening.verdict === "pass" ? null : `screened_${screening.reason}`;
}

/**
 * Less context helps only where the context is the cause: the prompt is too long or the completion takes too long. A model that is down,
 * refuses the request or throttles would fail again with less context, so that tier is skipped. After a filter only the fixed text is
 * safe.
 */
function nextTier(tier: Tier, problem: string, route: Pick<Route, "paidTiers">): Tier {
  if (problem === FAILURES.contentFiltered) return "fixed_text";
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
  FAILURES.modelTimeout,
  // The turn has a reply of a lower tier already. Going down reaches that tier and finds its stored completion.
  FAILURES.replyExists,
]);

function nameProblem(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? FAILURES.modelDown;
  if (cause instanceof TimeoutFailure) return FAILURES.modelTimeout;
  throw error;
}
