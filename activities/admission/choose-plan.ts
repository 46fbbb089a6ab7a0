import { Context } from "@temporalio/activity";
import type { PauseReason } from "../../db/conversations/pause.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import { type Database, withConnection } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { Keyword } from "../../db/inbound/inbox.ts";
import type { RateLimiter } from "../../db/tenants/rate-limits.ts";
import type { AdmissionFacts } from "../../db/turns/admission-facts.ts";
import { LOOP } from "../../db/turns/loops.ts";
import type { TurnPlan } from "../../db/turns/turn-plan.ts";
import { findChannel } from "../../infra/channels/registry.ts";
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
    if (keyword !== null && keyword !== "agent") return { plan: planForKeyword(scope, keyword) };
    const silence = facts.isOptedOut ? "opted_out" : facts.silence;
    if (silence !== null) return { plan: { plan: "silence", silenceReason: silence } };
    // From here on the assistant is silent, until an agent takes the conversation over or the wait for one times out.
    if (keyword === "agent" || treatment === "hand_over")
      return { plan: { plan: "notice", notice: "handoff_requested" }, pause: "handoff" };
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

function planForKeyword({ channel }: TurnScope, keyword: Exclude<Keyword, "agent">): TurnPlan {
  if (findChannel(channel)?.carrierAnswersKeywords === true)
    return { plan: "silence", silenceReason: `${keyword}_answered_by_carrier` };
  if (keyword === "stop_again") return { plan: "silence", silenceReason: "opted_out" };
  const notice = { stop: "opted_out", start: "opted_in", help: "help" } as const;
  return { plan: "notice", notice: notice[keyword] };
}
