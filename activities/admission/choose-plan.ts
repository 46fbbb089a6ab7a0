import { Context } from "@temporalio/activity";
import type { PauseReason } from "../../db/conversations/pause.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import { type Database, withConnection } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { Keyword } from "../../db/inbound/settle-request.ts";
import type { RateLimiter } from "../../db/tenants/rate-limits.ts";
import type { AdmissionFacts } from "../../db/turns/admission-facts.ts";
import { LOOP } from "../../db/turns/loops.ts";
import type { TurnPlan } from "../../db/turns/turn-plan.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import { createLoopBreaker, type LoopSignal } from "./loop-breaker.ts";

export interface ChoosePlanDependencies {
  db: Database;
  vault: Vault;
  limiter: RateLimiter;
}

export interface PlanChoice {
  plan: TurnPlan;
  /** The conversation is paused together with this plan. */
  pause?: PauseReason;
}

/** Decides whether a turn is answered by the model, by a fixed text, or not at all. */
export function createChoosePlan({ db, vault, limiter }: ChoosePlanDependencies) {
  const findLoop = createLoopBreaker(vault);

  /**
   * The last keyword of a burst counts. One token of the rate pays for one answer. Without a token the contact gets a notice once in
   * a while, and the messages stay in the transcript for the next answer.
   */
  return async function choosePlan(facts: AdmissionFacts): Promise<PlanChoice> {
    const choice = await choosePlanByStore(facts);
    if (choice !== null) return choice;
    const verdict = await limiter.take(facts.scope);
    await failpoint("after_rate_token");
    if (verdict.allowed) return { plan: planForContent(facts) };
    return verdict.isFirst
      ? { plan: { plan: "notice", notice: "slow_down" } }
      : { plan: { plan: "silence", silenceReason: "rate_limited" } };
  };

  /** Null where the store alone does not decide it. */
  async function choosePlanByStore(facts: AdmissionFacts): Promise<PlanChoice | null> {
    const { scope, keyword, exchanges, treatment } = facts;
    const plan = keyword === null ? undefined : PLANS[keyword];
    if (plan !== undefined) return { plan };
    const silence = facts.isOptedOut ? "opted_out" : facts.silence;
    if (silence !== null) return { plan: { plan: "silence", silenceReason: silence } };
    // From here on the assistant is silent, until an agent takes the conversation over or the wait for one times out.
    if (keyword === "agent" || treatment === "hand_over")
      return { plan: { plan: "notice", notice: "handoff_requested" }, pause: "handoff" };
    if (keyword === "maybe_stop") return { plan: { plan: "notice", notice: "ask_stop" } };
    if (keyword === "go_on") return { plan: { plan: "notice", notice: "go_on" } };
    const signal = await withConnection(db, async (one) => await findLoop(one, scope, exchanges));
    return signal === null ? null : haltLoop(scope, signal);
  }

  function haltLoop(scope: TurnScope, signal: LoopSignal): PlanChoice {
    const { conversationId, tenantId, channel } = scope;
    const facts = { conversationId, tenantId, channel, signal };
    Context.current().log.error("the contact seems to be a machine; the conversation is paused", facts);
    return { plan: { plan: "silence", silenceReason: LOOP }, pause: LOOP };
  }
}

function planForContent({ hasCutText, treatment }: AdmissionFacts): TurnPlan {
  // A search for "[image]" finds what has nothing to do with the picture.
  if (treatment === "explain") return { plan: "notice", notice: "text_only" };
  // An answer to the beginning of a text could miss its question.
  return hasCutText ? { plan: "notice", notice: "too_long" } : { plan: "answer" };
}

/** Requests that are answered also while the assistant is silent. */
const PLANS: Readonly<Partial<Record<Keyword, TurnPlan>>> = Object.freeze({
  stop: { plan: "notice", notice: "opted_out" },
  stop_again: { plan: "silence", silenceReason: "opted_out" },
  start: { plan: "notice", notice: "opted_in" },
  help: { plan: "notice", notice: "help" },
  carrier_stop: { plan: "silence", silenceReason: "stop_answered_by_carrier" },
  carrier_start: { plan: "silence", silenceReason: "start_answered_by_carrier" },
  carrier_help: { plan: "silence", silenceReason: "help_answered_by_carrier" },
});
