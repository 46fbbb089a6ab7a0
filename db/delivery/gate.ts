import { and, eq, sql } from "drizzle-orm";
import { type GateFacts, readFacts } from "./gate-facts.ts";
import { isCommitted } from "../connection/is-committed.ts";
import { type Database, isTransientDbError, type Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { TurnScope } from "../conversations/transcript.ts";

/** What a policy makes of the facts; only `send` opens the gate. */
export type GateVerdict =
  | { act: "send"; template: boolean }
  | { act: "suppress"; reason: string }
  /** The whole turn is given up: its messages are answered together with the newer ones. */
  | { act: "supersede" }
  | { act: "wait"; until: Date; reason: string }
  /** The part goes out in another conversation with the same person; here it ends as suppressed. */
  | { act: "reroute"; conversationId: string };

export type GateDecision =
  | { act: "sending"; attempt: number; firstAttemptAt: Date; template: boolean; transaction: string }
  | Exclude<GateVerdict, { act: "send" | "wait" }>
  /** How long by the clock that the verdict was made by, the database's. */
  | { act: "wait"; waitMs: number; reason: string }
  | { act: "taken" };

/** Why a part is suppressed whose text goes out in another conversation. */
export const SENT_ELSEWHERE = "sent_elsewhere";

/** Others take a mark that is 16 s old for a lost send, and a send may last 15 s of them (`activities/delivery/send-reply-part.ts`). */
const FRESH_MS = 900;

const SUPPRESSED_AS = Object.freeze({ supersede: "newer_message", reroute: SENT_ELSEWHERE });

type Part = { id: string; attempt: number };

export interface GateRequest {
  scope: TurnScope;
  part: Part;
  policy(facts: GateFacts): GateVerdict;
  /** Opens the turn that says it in the other conversation, in the gate's own transaction. */
  reroute(tx: Queryable, conversationId: string): Promise<void>;
}

/**
 * The gate: reads what may have changed since the reply was made and marks the part as `sending`, in one transaction that holds
 * the conversation's row, and shares the account's and the tenant's. Whoever claims, pauses, opts out or stores a newer message
 * writes one of these rows: so no send begins after their commit. The attempt number fences two attempts that run at once. A COMMIT
 * whose answer was lost is asked about: without that a part would stand marked, and where a send may not be repeated it would never go.
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
    // The mark is ours and nobody else may send: so it is used while it is fresh, and else taken back.
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
      // A later moment that was left here would make the mark look like one that is settled.
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

/** Nothing was sent under this mark. */
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
