import { Context } from "@temporalio/activity";
import { reserveBudget } from "../db/tenants/budgets.ts";
import { isOptedOut } from "../db/contacts/consents.ts";
import { findSilenceReason, pauseConversation, type PauseReason } from "../db/conversations/takeover.ts";
import { type Keyword, findLastKeyword } from "../db/inbound/inbox.ts";
import { LOOP } from "../db/turns/loops.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { RateLimiter } from "../db/tenants/rate-limits.ts";
import { findTurnScope, type TurnScope } from "../db/conversations/transcript.ts";
import { setPlan, type TurnPlan } from "../db/turns/turn-plan.ts";
import { acquireTurn, findInboxRow, type QuietCap } from "../db/turns/turns.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { AdmitResult, MessageInput } from "../workflows/types.ts";
import { createLoopBreaker, type LoopBreaker, type LoopSignal } from "./admission/loop-breaker.ts";
import type { StoreInlined } from "./admission/store-inlined.ts";

export interface AdmitDependencies {
  db: Database;
  vault: Vault;
  limiter: RateLimiter;
  storeInlined: StoreInlined;
  quiet: QuietCap;
  /** Whether this process also serves the model queue. */
  servesModelQueue: boolean;
  /** Held for a turn before anything is spent, USD: what a turn with a full context costs at most. */
  reservationUsd: number;
}

/** Channels whose carrier answers STOP, START and HELP itself: a second answer of ours would be one too many. */
const CARRIER_KEYWORD_CHANNELS: ReadonlySet<string> = new Set(["twilio-sms"]);

export function createAdmit({
  db,
  vault,
  limiter,
  storeInlined,
  quiet,
  reservationUsd,
  servesModelQueue,
}: AdmitDependencies) {
  const choosePlan = createChoosePlan({ db, limiter, findLoop: createLoopBreaker({ db, vault }) });
  return async function admit(input: MessageInput): Promise<AdmitResult> {
    const unstored = input.inlined === undefined ? null : await storeInlined(input, input.inlined);
    if (unstored !== null) return { kind: "failed", reason: unstored };
    const own = await findInboxRow(db, input);
    const acquisition = await acquireTurn(db, own, quiet);
    if (acquisition.kind !== "acquired") return acquisition;
    const scope = await findTurnScope(db, acquisition.turnId);
    const chosen = await choosePlan(scope);
    await setPlan(db, acquisition.turnId, chosen);
    if (chosen.plan === "answer") {
      await reserveBudget(db, { tenantId: scope.tenantId, turnId: acquisition.turnId, usd: reservationUsd });
    }
    return {
      kind: "turn",
      turnId: acquisition.turnId,
      plan: chosen.plan,
      messages: acquisition.messages,
      worker: { servesModelQueue },
    };
  };
}

/**
 * The last keyword of a burst counts. Someone who opted out hears nothing, whatever else they write. A token buys an answer: who
 * has none is told so once in a while, and what they wrote stays in the transcript for the next answer.
 */
function createChoosePlan({
  db,
  limiter,
  findLoop,
}: {
  db: Database;
  limiter: RateLimiter;
  findLoop: LoopBreaker;
}) {
  return async function choosePlan(scope: TurnScope): Promise<TurnPlan> {
    const chosen = findChosenPlan(scope);
    if (chosen !== null) return chosen;
    // A turn that is taken up again has paid for itself.
    if (scope.reservedUsd > 0) return { plan: "answer" };
    const keyword = await findLastKeyword(db, scope.turnId);
    if (keyword !== null && keyword !== "human") return planForKeyword(scope, keyword);
    const silence = await reasonForSilence(db, scope);
    if (silence !== null) return { plan: "silence", silenceReason: silence };
    if (keyword === "human") return await askForAgent(db, scope);
    const sign = await findLoop(scope);
    if (sign !== null) return await haltLoop(db, scope, sign);
    const verdict = await limiter.take(scope);
    await failpoint("after_rate_token");
    if (verdict.allowed) return { plan: "answer" };
    return verdict.isFirst
      ? { plan: "notice", notice: "slow_down" }
      : { plan: "silence", silenceReason: "rate_limited" };
  };
}

/** The plan that an earlier attempt of this step has stored, or null. */
function findChosenPlan({ notice, silenceReason }: TurnScope): TurnPlan | null {
  if (notice !== null) return { plan: "notice", notice };
  return silenceReason === null ? null : { plan: "silence", silenceReason };
}

/** The assistant is silent from here on, until somebody claims the conversation or the wait for them ends. */
async function askForAgent(db: Database, scope: TurnScope): Promise<TurnPlan> {
  return await pauseAndSetPlan(db, scope, { plan: "notice", notice: "handoff_requested" }, "handoff");
}

async function haltLoop(db: Database, scope: TurnScope, sign: LoopSignal): Promise<TurnPlan> {
  const { conversationId, tenantId, channel } = scope;
  const facts = { conversationId, tenantId, channel, sign };
  Context.current().log.error("the other side seems to be a machine too; the conversation is halted", facts);
  return await pauseAndSetPlan(db, scope, { plan: "silence", silenceReason: LOOP }, LOOP);
}

/** Plan and pause in one transaction: a step that is done again finds both or neither. */
async function pauseAndSetPlan(
  db: Database,
  { turnId, conversationId }: TurnScope,
  plan: TurnPlan,
  reason: PauseReason,
): Promise<TurnPlan> {
  return await db.transaction(async (tx) => {
    await pauseConversation(tx, conversationId, reason);
    await setPlan(tx, turnId, plan);
    return plan;
  });
}

function planForKeyword({ channel }: TurnScope, keyword: Exclude<Keyword, "human">): TurnPlan {
  if (CARRIER_KEYWORD_CHANNELS.has(channel))
    return { plan: "silence", silenceReason: `${keyword}_answered_by_carrier` };
  if (keyword === "stop_again") return { plan: "silence", silenceReason: "opted_out" };
  const notice = { stop: "opted_out", start: "opted_in", help: "help" } as const;
  return { plan: "notice", notice: notice[keyword] };
}

/** Why the assistant does not speak at all in this conversation, or null. The gate asks the same again before each send. */
async function reasonForSilence(db: Database, scope: TurnScope): Promise<string | null> {
  if (await isOptedOut(db, scope)) return "opted_out";
  return await findSilenceReason(db, scope.conversationId);
}
