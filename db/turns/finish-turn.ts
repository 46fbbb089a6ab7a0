import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database, Queryable } from "../connection/postgres.ts";
import { TAKEN_BACK } from "../inbound/message-changes.ts";
import { turns } from "../schema/turns.ts";
import { settleBudget } from "../tenants/budgets.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";
import { emitDeadLettered } from "../dead-letters/dead-letters.ts";
import { selectCostOfTurn } from "./model-responses.ts";

export type TurnOutcome = NonNullable<(typeof turns.$inferSelect)["outcome"]>;

export interface TurnEnd {
  turnId: string;
  outcome: TurnOutcome;
  reason: string | null;
  /** The build on which the turn failed as poison: another build may answer it. */
  build?: string;
}

/** The end that the turn has. `more`: its workflow stays the turn owner. */
export interface FinishedTurn {
  outcome: TurnOutcome;
  reason: string | null;
  more: boolean;
}

/**
 * Ends a turn and releases it. The workflow stays the turn owner where all pending messages are past their quiet window,
 * because their own workflows have ended as joined. A second call changes nothing and returns the first end.
 */
export async function finishTurn(db: Queryable, end: TurnEnd): Promise<FinishedTurn> {
  // Most turns end well and need no query for a dead letter, and no transaction of several statements.
  if (end.reason === null) return readFinished(end, await closeTurn(db, end));
  return await db.transaction(async (tx) => {
    const closed = await closeTurn(tx, end);
    if (mayBeDeadLetter(closed, end))
      await emitDeadLettered(tx, { turnId: end.turnId, tenantId: closed.tenant_id });
    return readFinished(end, closed);
  });
}

async function closeTurn(db: Queryable, end: TurnEnd): Promise<ClosedTurn | null> {
  const { rows } = await db.execute<{ finished: ClosedTurn | null }>(
    sql`SELECT ${callFinishTurn(end)} AS finished`,
  );
  return rows[0]?.finished ?? null;
}

/** `finish_turn` of the migrations, as a part of a statement. It returns a `ClosedTurn`. */
export function callFinishTurn({ turnId, outcome, reason, build }: TurnEnd): SQL {
  const move = INBOX_MOVE_OF[outcome];
  // Superseded messages are answered together with the newer message, except those that the contact deleted during the turn.
  const takenBack = outcome === "superseded" ? INBOX_MOVES.suppress.to : null;
  return sql`finish_turn(
    of_turn => ${turnId}, with_outcome => ${outcome}, with_reason => ${reason},
    on_build => ${build ?? null},
    open_states => ${sql.param([...TURN_MOVES.close.from])}, closed_state => ${TURN_MOVES.close.to},
    working_states => ${sql.param([...move.from])}, ended_state => ${move.to},
    taken_back_state => ${takenBack}, taken_back_reason => ${TAKEN_BACK})`;
}

/** The result of `finish_turn`. `closed` is false where the turn had its end before. */
export type ClosedTurn = (FinishedTurn & { closed: false }) | NewlyClosed;

interface NewlyClosed extends FinishedTurn {
  closed: true;
  tenant_id: string;
  replayed: boolean;
}

export function readFinished({ turnId }: { turnId: string }, closed: ClosedTurn | null): FinishedTurn {
  if (closed === null) throw new Error(`Turn ${turnId} does not exist.`);
  const { outcome, reason, more } = closed;
  return { outcome, reason, more };
}

const INBOX_MOVE_OF = {
  answered: INBOX_MOVES.answer,
  suppressed: INBOX_MOVES.suppress,
  failed: INBOX_MOVES.fail,
  superseded: INBOX_MOVES.supersede,
} as const satisfies Record<TurnOutcome, unknown>;

function mayBeDeadLetter(closed: ClosedTurn | null, { outcome }: TurnEnd): closed is NewlyClosed {
  return closed?.closed === true && (outcome === "failed" || outcome === "answered" || closed.replayed);
}

/** Ends a turn as failed and frees the rest of its reservation. A second call changes nothing and returns the first end. */
export async function failTurn(
  db: Database,
  { turnId, reason, build }: { turnId: string; reason: string; build: string },
): Promise<FinishedTurn> {
  const [turn] = await db.select({ id: turns.id }).from(turns).where(eq(turns.id, turnId));
  // A failover to a standby with a lag may have lost the turn. Then no workflow waits for it.
  if (turn === undefined) return { outcome: "failed", reason, more: false };
  return await db.transaction(async (tx) => {
    const finished = await finishTurn(tx, { turnId, outcome: "failed", reason, build });
    await settleBudget(tx, { turnId, spentUsd: selectCostOfTurn(turnId) });
    return finished;
  });
}

/** The open turn of a workflow, or null. */
export async function findOpenTurn(db: Queryable, workflowId: string): Promise<string | null> {
  const isIt = and(eq(turns.workflowId, workflowId), eq(turns.state, "open"));
  const [turn] = await db.select({ id: turns.id }).from(turns).where(isIt);
  return turn?.id ?? null;
}
