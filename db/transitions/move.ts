import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/*
 * Each state column has one table of its legal moves in this folder. The UPDATEs take their WHERE from it, docs/states.md prints it, and
 * a property test proves that the real operations make these moves and no others.
 */

export interface Move<State extends string = string> {
  /** Empty where the move inserts the row. */
  from: readonly State[];
  to: State;
  /** The functions that make the move. */
  by: readonly string[];
  why: string;
}

export type MoveTable<State extends string = string> = Readonly<Record<string, Move<State>>>;

/** A row that this move may change. The states are literals, so that the planner can use partial indexes. */
export function mayMove(state: SQLWrapper, { from }: Move): SQL {
  return sql`${state} IN (${sql.raw(from.map(quote).join(", "))})`;
}

/** The new state as a literal, for statements that are written in SQL. */
export function newState({ to }: Move): SQL {
  return sql.raw(quote(to));
}

function quote(state: string): string {
  return `'${state}'`;
}
