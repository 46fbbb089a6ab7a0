import { and, eq, isNull, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import type { Notice } from "./turn-origin.ts";

/** What a turn that answers messages does: it asks the model, sends a fixed text, or sends nothing. */
export type TurnPlan =
  | { plan: "answer" }
  | { plan: "notice"; notice: Notice }
  | { plan: "silence"; silenceReason: string };

/** The next attempt of the step finds the plan that is stored. */
export const PLANNED_BEFORE = "Another attempt has planned the turn, or the turn has ended.";

/** Throws where the turn has a plan or has ended: an attempt whose time is over must not replace what another one is working on. */
export async function setPlan(db: Queryable, turnId: string, plan: TurnPlan): Promise<void> {
  const { rowCount } = await db
    .update(turns)
    .set({ ...plan, plannedAt: sql`clock_timestamp()` })
    .where(and(eq(turns.id, turnId), eq(turns.state, "open"), isNull(turns.plannedAt)));
  if (rowCount === 0) throw new Error(PLANNED_BEFORE);
}

/**
 * A turn that its own `reply` workflow delivers. It does not own its conversation: it answers no inbound message, or it did and was
 * replayed.
 */
export function isDeliveredAlone(turn: { kind: SQLWrapper; replayedAt: SQLWrapper }): SQL {
  return sql`(${turn.kind} <> 'inbound' OR ${turn.replayedAt} IS NOT NULL)`;
}
