import { ApplicationFailure, log } from "@temporalio/activity";
import { type OutageWatch, spreadHold } from "../db/connection/watch-outages.ts";
import { planAnswer } from "../db/tenants/budgets.ts";
import { emitBudgetAlerts } from "../db/tenants/visitor-budgets.ts";
import { type Database, type Queryable, withConnection } from "../db/connection/postgres.ts";
import type { RateLimiter } from "../db/tenants/rate-limits.ts";
import { pauseConversation } from "../db/conversations/pause.ts";
import type { TurnScope } from "../db/conversations/transcript.ts";
import { readAdmissionFacts } from "../db/turns/admission-facts.ts";
import { setPlan, type TurnPlan } from "../db/turns/turn-plan.ts";
import { bringConversationForward } from "../db/delivery/bring-forward.ts";
import { acquireLoneMessage, acquireTurn, findInboxRow, type QuietCap } from "../db/turns/acquire-turn.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { AdmitResult, MessageInput, ModelCallPlace } from "../workflows/types.ts";
import { createChoosePlan, type PlanChoice } from "./admission/choose-plan.ts";
import { LOOP_EXCHANGES } from "./admission/loop-breaker.ts";

export interface AdmitDependencies {
  db: Database;
  vault: Vault;
  limiter: RateLimiter;
  quiet: QuietCap;
  outages: Pick<OutageWatch, "holdMs">;
  /** Where the model calls of a turn run that is admitted now. `isRepeated`: an earlier attempt has stored the plan of the turn. */
  placeModelCall: (isRepeated: boolean) => ModelCallPlace;
  /** Reserved for a turn before anything is spent, USD: the highest cost of a turn with a full context. */
  reservationUsd: number;
  /** From 0 to 1: where in the spread a held turn begins. */
  random?: () => number;
}

export function createAdmit(dependencies: AdmitDependencies) {
  const { db, vault, limiter, quiet, outages, reservationUsd, placeModelCall, random } = dependencies;
  const choosePlan = createChoosePlan({ db, vault, limiter });

  return async function admit(input: MessageInput): Promise<AdmitResult> {
    throwIfHeld(outages.holdMs(), random);
    const acquisition = await withConnection(db, async (one) => await acquire(one, input));
    if (acquisition.kind !== "acquired") return acquisition;
    const { turnId, messages, facts } = acquisition;
    const { scope } = facts;
    const stored = readStoredPlan(scope);
    // The earlier attempt may have ended before its alert.
    if (stored === "answer") await warnOfBudgets(scope);
    const plan = stored ?? (await storePlan(scope, await choosePlan(facts)));
    return { kind: "turn", turnId, plan, messages, modelCall: placeModelCall(stored !== null) };
  };

  async function acquire(one: Queryable, input: MessageInput) {
    const lone = await acquireLoneMessage(one, input);
    if (lone !== null) return { ...lone, facts: await readFacts(one, lone.turnId) };
    const own = await findInboxRow(one, input);
    const acquisition = await acquireTurn(one, own, quiet);
    if (acquisition.kind === "joined" && acquisition.reason === "turn_running")
      // The running turn may wait for a vendor that works again. The contact should not wait with it.
      await bringConversationForward(one, own.conversationId);
    if (acquisition.kind !== "acquired") return acquisition;
    return { ...acquisition, facts: await readFacts(one, acquisition.turnId) };
  }

  async function readFacts(one: Queryable, turnId: string) {
    return await readAdmissionFacts(one, turnId, LOOP_EXCHANGES);
  }

  /** A repeated attempt finds the plan with its pause or its reservation, or nothing. */
  async function storePlan(scope: TurnScope, { plan, pause }: PlanChoice): Promise<TurnPlan["plan"]> {
    const { turnId, conversationId } = scope;
    if (plan.plan === "answer") return await reserve(scope);
    await db.transaction(async (tx) => {
      if (pause !== undefined) await pauseConversation(tx, conversationId, pause);
      await setPlan(tx, turnId, plan);
    });
    return plan.plan;
  }

  /** A turn without a reservation is answered too, by the tiers that cost nothing. */
  async function reserve(scope: TurnScope): Promise<TurnPlan["plan"]> {
    const { turnId } = scope;
    const { verdict, mayAlert } = await planAnswer(db, { turnId, usd: reservationUsd });
    if (mayAlert) await warnOfBudgets(scope);
    if (verdict !== "visitor_limit") return "answer";
    await setPlan(db, turnId, { plan: "notice", notice: "visitor_limit" });
    return "notice";
  }

  /** After the commit of the reservation, because near the level the turns of the tenant wait for its lock. */
  async function warnOfBudgets({ turnId, tenantId, conversationId }: TurnScope): Promise<void> {
    for (const alert of await emitBudgetAlerts(db, { tenantId, turnId, conversationId }))
      log.warn("a budget has reached the level of its alert", { tenantId, ...alert });
  }
}

/** The plan that an earlier attempt has stored, or null. Its token of the rate is used. */
function readStoredPlan({ plannedAt, plan }: TurnScope): TurnPlan["plan"] | null {
  return plannedAt === null || plan === "agent" ? null : plan;
}

/** Messages from before the end of an outage belong into the turn too. A wait in here would keep one of the few slots of local activities. */
function throwIfHeld(holdMs: number, random?: () => number): void {
  if (holdMs === 0) return;
  const message = "Postgres was unavailable. The turn begins when the messages of that time are stored.";
  throw ApplicationFailure.create({ message, nextRetryDelay: spreadHold(holdMs, random) });
}
