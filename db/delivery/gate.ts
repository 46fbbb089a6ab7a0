import { and, eq, sql } from "drizzle-orm";
import { type GateFacts, readFacts } from "./gate-facts.ts";
import { isCommitted } from "../connection/is-committed.ts";
import { type Database, isTransientDbError, type Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { TurnScope } from "../conversations/transcript.ts";

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
  | { act: "sending"; attempt: number; firstAttemptAt: Date; template: boolean; transaction: string }
  | Exclude<GateVerdict, { act: "send" | "wait" }>
  /** A duration by the clock of the verdict, which is the database's. */
  | { act: "wait"; waitMs: number; reason: string }
  | { act: "taken" };

/** The code of a suppressed part whose text is sent in another conversation. */
export const SENT_ELSEWHERE = "sent_elsewhere";

/** Others treat a mark that is 16 s old as a lost send, and a send may take 15 s of them (`activities/delivery/`). */
const FRESH_MS = 900;

const SUPPRESSED_AS = Object.freeze({ supersede: "newer_message", reroute: SENT_ELSEWHERE });

type Part = { id: string; attempt: number };

export interface GateRequest {
  scope: TurnScope;
  part: Part;
  policy(facts: GateFacts): GateVerdict;
  /** Opens the turn in the other conversation, in the gate's transaction. */
  reroute(tx: Queryable, conversationId: string): Promise<void>;
}

/**
 * The gate reads everything that may have changed since the reply was made and marks the part as `sending`. Both happen in
 * one transaction that locks the conversation's row and shares the rows of account and tenant. A takeover, a pause, an
 * opt-out and a newer message write one of these rows, so no send begins after their commit. The attempt number fences two
 * attempts that run at the same time. If the response to COMMIT is lost, the gate asks Postgres whether it was committed.
 * Otherwise a part would stay marked, and a channel that must not repeat a send would never send it.
 */
export async function openGate(db: Database, request: GateRequest): Promise<GateDecision> {
  const made: { decision?: GateDecision } = {};
  const startedAt = Date.now();
  try {
    return await db.transaction(async (tx) => (made.decision = await decide(tx, request)));
  } catch (error) {
    const { decision } = made;
    if (
      decision?.act !== "sending" ||
      !isTransientDbError(error) ||
      !(await isCommitted(db, decision.transaction))
    )
      throw error;
    // The mark belongs to this attempt, and no other may send. So it is used while it is fresh, and removed otherwise.
    if (Date.now() - startedAt < FRESH_MS) return decision;
    await unmarkSending(db, { id: request.part.id, attempt: decision.attempt });
    throw error;
  }
}

async function decide(tx: Queryable, { scope, part, policy, reroute }: GateRequest): Promise<GateDecision> {
  const facts = await readFacts(tx, scope);
  const verdict = policy(facts);
  if (verdict.act === "wait")
    return { act: "wait", waitMs: verdict.until.getTime() - facts.now.getTime(), reason: verdict.reason };
  if (verdict.act === "send") return await markSending(tx, part, verdict.template);
  const reason = verdict.act === "suppress" ? verdict.reason : SUPPRESSED_AS[verdict.act];
  if (!(await suppress(tx, part, reason))) return { act: "taken" };
  if (verdict.act === "reroute") await reroute(tx, verdict.conversationId);
  return verdict;
}

async function suppress(tx: Queryable, part: Part, reason: string): Promise<boolean> {
  const { rowCount } = await tx
    .update(deliveries)
    .set({ state: DELIVERY_MOVES.suppress.to, code: reason, updatedAt: sql`clock_timestamp()` })
    .where(and(isAtAttempt(part), mayMove(deliveries.state, DELIVERY_MOVES.suppress)));
  return rowCount === 1;
}

async function markSending(tx: Queryable, part: Part, template: boolean): Promise<GateDecision> {
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
  return { act: "sending", ...row, firstAttemptAt: row.firstAttemptAt, template };
}

/** Nothing was sent with this mark. */
async function unmarkSending(db: Queryable, part: Part): Promise<void> {
  await db
    .update(deliveries)
    .set({ state: DELIVERY_MOVES.unmark.to, updatedAt: sql`clock_timestamp()` })
    .where(and(isAtAttempt(part), mayMove(deliveries.state, DELIVERY_MOVES.unmark)));
}

/** The attempt number fences writes of an earlier attempt. */
export function isAtAttempt({ id, attempt }: Part) {
  return and(eq(deliveries.id, id), eq(deliveries.attempt, attempt));
}
