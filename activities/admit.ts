import { reserveBudget } from "../db/budgets.ts";
import { setConsent, isOptedOut } from "../db/consents.ts";
import { suppressPending } from "../db/inbox.ts";
import type { Database } from "../db/postgres.ts";
import type { RateLimiter } from "../db/rate-limits.ts";
import { findTurnScope, inboundOfTurn, type TurnScope } from "../db/transcript.ts";
import { claimTurn, findOwnRow, type InboxRow, type QuietCap, setPlan } from "../db/turns.ts";
import type { Vault } from "../db/vault.ts";
import { messageWorkflowId } from "../workflows/names.ts";
import type { Admission, MessageInput } from "../workflows/types.ts";
import { consentKeyword } from "./safety/consent-keyword.ts";
import type { StoreCarried } from "./store-carried.ts";

export interface AdmitDependencies {
  db: Database;
  vault: Vault;
  limiter: RateLimiter;
  storeCarried: StoreCarried;
  quiet: QuietCap;
  /** Held for a turn before anything is spent, USD: what a turn with a full context costs at most. */
  reservationUsd: number;
}

type Plan = { plan: "answer" | "notice" | "silence"; detail: string | null };

/** Channels whose carrier answers STOP, START and HELP itself: a second answer of ours would be one too many. */
const CARRIER_ANSWERS: ReadonlySet<string> = new Set(["twilio-sms"]);

export function createAdmit({ db, vault, limiter, storeCarried, quiet, reservationUsd }: AdmitDependencies) {
  return async function admit(input: MessageInput): Promise<Admission> {
    if (input.carried !== undefined) await storeCarried(input, input.carried);
    const own = await findOwnRow(db, messageWorkflowId(input));
    if (await isOverLimit(limiter, own)) {
      await suppressPending(db, own, "rate_limited");
      return { kind: "suppressed", reason: "rate_limited" };
    }
    const claim = await claimTurn(db, own, quiet);
    if (claim.kind !== "claimed") return claim;
    const scope = await findTurnScope(db, claim.turnId);
    const { plan, detail } = await choosePlan(db, vault, scope);
    await setPlan(db, claim.turnId, { plan, detail });
    if (plan === "answer") {
      await reserveBudget(db, { tenantId: scope.tenantId, turnId: claim.turnId, usd: reservationUsd });
    }
    return { kind: "turn", turnId: claim.turnId, plan, messages: claim.messages };
  };
}

/** A token buys a turn. A message that another's turn has already taken costs nothing more, so it pays nothing. */
async function isOverLimit(limiter: RateLimiter, own: InboxRow): Promise<boolean> {
  if (own.state !== "pending") return false;
  const verdict = await limiter.take({ tenantId: own.tenantId, contactId: own.conversationId });
  return !verdict.allowed;
}

/** The last keyword of a burst counts. Someone who opted out hears nothing, whatever else they write. */
async function choosePlan(db: Database, vault: Vault, scope: TurnScope): Promise<Plan> {
  if (scope.plan !== "answer") return { plan: scope.plan, detail: scope.planDetail };
  const optedOut = await isOptedOut(db, scope);
  const texts = await inboundOfTurn(db, vault, scope);
  const keyword = texts
    .map(({ text }) => consentKeyword(text, { optedOut }))
    .findLast((word) => word !== null);
  if (keyword === undefined)
    return optedOut ? { plan: "silence", detail: "opted_out" } : { plan: "answer", detail: null };
  if (keyword !== "help") {
    const state = keyword === "stop" ? "opted_out" : "opted_in";
    await setConsent(db, scope, { state, source: "keyword" });
  }
  if (CARRIER_ANSWERS.has(scope.channel))
    return { plan: "silence", detail: `${keyword}_answered_by_carrier` };
  const notice = { stop: "opted_out", start: "opted_in", help: "help" } as const;
  return { plan: "notice", detail: notice[keyword] };
}
