import { and, eq, ne, sql } from "drizzle-orm";
import { type GateFacts, lockFacts } from "./gate-facts.ts";
import { isCommitted } from "../connection/is-committed.ts";
import { type Database, isTransientDbError, type Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import { finishTurn } from "../turns/finish-turn.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";

/** The verdict of a policy on the facts; only `send` opens the gate. */
export type GateVerdict =
  | { act: "send"; template: boolean }
  | { act: "suppress"; reason: string }
  /** The whole turn is superseded: its messages are answered together with the newer ones. */
  | { act: "supersede" }
  | { act: "wait"; until: Date; reason: string }
  /** The part is sent in another conversation with the same contact; here it ends as suppressed. */
  | { act: "reroute"; conversationId: string };

export type GateDecision =
  | {
      act: "sending";
      attempt: number;
      firstAttemptAt: Date;
      template: boolean;
      transaction: string;
      /** The send begins by then, by `performance.now()`, or the mark is taken back. */
      beginByMs: number;
    }
  | Exclude<GateVerdict, { act: "send" | "wait" }>
  /** A duration by the clock of the verdict, which is the database's. */
  | { act: "wait"; waitMs: number; reason: string }
  | { act: "taken" };

/** The code of a suppressed part whose text is sent in another conversation. */
export const SENT_ELSEWHERE = "sent_elsewhere";

const SUPPRESSED_AS = Object.freeze({ supersede: "newer_message", reroute: SENT_ELSEWHERE });

type Part = { id: string; attempt: number };

export interface GateRequest {
  scope: TurnScope;
  part: Part;
  policy(facts: GateFacts): GateVerdict;
  /** True while nothing may be sent, because Postgres was unavailable. Absent: never. */
  isHeld?(): boolean;
  /** Opens the turn in the other conversation, in the gate's transaction. */
  reroute(tx: Queryable, conversationId: string): Promise<void>;
}

/**
 * The gate reads everything that may have changed since the reply was made and marks the part as `sending`. Both happen in
 * one transaction that locks the conversation's row and shares a lock for its tenant and one for its account, which their
 * triggers take. A takeover, a pause, an opt-out and a newer message lock one of these three. A mark is good for 0.9 s, and who promises silence waits out the marks
 * before its commit (`await-fresh-marks.ts`), so no send begins after the promise. The attempt number fences two attempts that
 * run at the same time. A closed gate ends the whole rest of the turn in the same transaction. If the response to COMMIT is
 * lost, the gate asks Postgres whether it was committed. Otherwise a part would stay marked, and a channel that must not repeat
 * a send would never send it.
 */
export async function openGate(db: Database, request: GateRequest): Promise<GateDecision> {
  const made: { decision?: GateDecision } = {};
  try {
    return await db.transaction(async (tx) => (made.decision = await decide(tx, request)));
  } catch (error) {
    const { decision } = made;
    if (decision?.act !== "sending" || !isTransientDbError(error)) throw error;
    // The mark belongs to this attempt, and no other may send. So it is used while it is fresh, and taken back otherwise.
    const isUsable = await writeAfterEnd(async () => await keepFreshMark(db, request, decision));
    if (isUsable) return decision;
    throw error;
  }
}

/** False without a commit, and for a mark that came too late and is taken back. */
async function keepFreshMark(
  db: Database,
  { part, isHeld }: GateRequest,
  { transaction, beginByMs, attempt }: Extract<GateDecision, { act: "sending" }>,
): Promise<boolean> {
  if (!(await isCommitted(db, transaction))) return false;
  if (performance.now() < beginByMs && isHeld?.() !== true) return true;
  await takeBackMark(db, { id: part.id, attempt });
  return false;
}

async function decide(tx: Queryable, { scope, part, policy, reroute }: GateRequest): Promise<GateDecision> {
  const facts = await lockFacts(tx, scope);
  const verdict = policy(facts);
  if (verdict.act === "wait")
    return { act: "wait", waitMs: verdict.until.getTime() - facts.now.getTime(), reason: verdict.reason };
  if (verdict.act === "send") return await markSending(tx, part, verdict.template);
  const reason = verdict.act === "suppress" ? verdict.reason : SUPPRESSED_AS[verdict.act];
  if (!(await suppressUnsent(tx, scope, part, reason))) return { act: "taken" };
  if (verdict.act === "reroute") await reroute(tx, verdict.conversationId);
  if (verdict.act === "supersede")
    await finishTurn(tx, { turnId: scope.turnId, outcome: "superseded", reason });
  return verdict;
}

/** This part and all parts after it: the parts before it have ended, so no other part is `intended`. */
async function suppressUnsent(
  tx: Queryable,
  { turnId }: TurnScope,
  part: Part,
  reason: string,
): Promise<boolean> {
  const change = { state: DELIVERY_MOVES.suppress.to, code: reason, updatedAt: sql`clock_timestamp()` };
  const { rowCount } = await tx
    .update(deliveries)
    .set(change)
    .where(and(isAtAttempt(part), mayMove(deliveries.state, DELIVERY_MOVES.suppress)));
  if (rowCount !== 1) return false;
  const isLater = and(eq(deliveries.turnId, turnId), ne(deliveries.id, part.id));
  await tx
    .update(deliveries)
    .set(change)
    .where(and(isLater, mayMove(deliveries.state, DELIVERY_MOVES.suppressLater)));
  return true;
}

async function markSending(tx: Queryable, part: Part, template: boolean): Promise<GateDecision> {
  const beginByMs = performance.now() + TIME_LIMITS_MS.markFresh;
  const [row] = await tx
    .update(deliveries)
    .set({
      state: DELIVERY_MOVES.mark.to,
      attempt: part.attempt + 1,
      firstAttemptAt: sql`coalesce(${deliveries.firstAttemptAt}, clock_timestamp())`,
      attemptedAt: sql`clock_timestamp()`,
      // With a later time the mark would look like an attempt that is settled.
      nextAttemptAt: null,
      updatedAt: sql`clock_timestamp()`,
    })
    .where(and(isAtAttempt(part), mayMove(deliveries.state, DELIVERY_MOVES.mark)))
    .returning({
      attempt: deliveries.attempt,
      firstAttemptAt: deliveries.firstAttemptAt,
      transaction: sql<string>`pg_current_xact_id()::text`,
    });
  if (row?.firstAttemptAt == null) return { act: "taken" };
  return { act: "sending", ...row, firstAttemptAt: row.firstAttemptAt, template, beginByMs };
}

/** Waits before a lost write is repeated. Together they last as long as a short failover of Postgres. */
export const WRITE_AGAIN_AFTER_MS = [20, 100, 500];

/**
 * Nothing was sent with this mark, so its attempt never was. Only the owner of the mark may call this: no other attempt has its number.
 * The write is repeated, because a mark that stays looks like a lost response.
 */
export async function takeBackMark(db: Queryable, part: Part, waitMs = 0): Promise<void> {
  const policy = { isTransient: isTransientDbError, waitsMs: WRITE_AGAIN_AFTER_MS };
  await retryTransient(
    policy,
    async () =>
      await db
        .update(deliveries)
        .set({
          state: DELIVERY_MOVES.unmark.to,
          attempt: part.attempt - 1,
          firstAttemptAt: sql`CASE WHEN ${deliveries.attempt} > 1 THEN ${deliveries.firstAttemptAt} END`,
          attemptedAt: sql`CASE WHEN ${deliveries.attempt} > 1 THEN ${deliveries.attemptedAt} END`,
          nextAttemptAt: sql`clock_timestamp() + make_interval(secs => ${waitMs / 1_000})`,
          updatedAt: sql`clock_timestamp()`,
        })
        .where(and(isAtAttempt(part), mayMove(deliveries.state, DELIVERY_MOVES.unmark))),
  );
}

/** The attempt number fences writes of an earlier attempt. */
export function isAtAttempt({ id, attempt }: Part) {
  return and(eq(deliveries.id, id), eq(deliveries.attempt, attempt));
}
