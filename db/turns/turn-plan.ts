import { eq, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import type { Notice } from "./turn-origin.ts";

/** What a turn that answers messages does: it asks the model, sends a fixed text, or sends nothing. */
export type TurnPlan =
  | { plan: "answer" }
  | { plan: "notice"; notice: Notice }
  | { plan: "silence"; silenceReason: string };

export async function setPlan(db: Queryable, turnId: string, plan: TurnPlan): Promise<void> {
  await db
    .update(turns)
    .set({ ...plan, plannedAt: sql`clock_timestamp()` })
    .where(eq(turns.id, turnId));
}

/**
 * A turn that its own `reply` workflow delivers. It does not own its conversation: it answers no inbound message, or it did and was
 * replayed.
 */
export function isDeliveredAlone(turn: { kind: SQLWrapper; replayedAt: SQLWrapper }): SQL {
  return sql`(${turn.kind} <> 'inbound' OR ${turn.replayedAt} IS NOT NULL)`;
}
