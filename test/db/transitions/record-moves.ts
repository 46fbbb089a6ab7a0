import { sql } from "drizzle-orm";
import type { Database } from "../../../db/connection/postgres.ts";
import { formatPair, STATE_COLUMNS, type StateColumn } from "./state-columns.ts";

/** Makes the database write down every change of a state column, also one that no function of ours makes. */
export async function installMoveRecorder(db: Database): Promise<void> {
  await db.execute(sql`
    CREATE TABLE recorded_moves (table_name text, column_name text, is_new boolean, old_value text, new_value text)`);
  await db.execute(sql`
    CREATE FUNCTION record_move() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      is_new boolean := TG_OP = 'INSERT';
      old_value text := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ->> TG_ARGV[0] END;
      new_value text := to_jsonb(NEW) ->> TG_ARGV[0];
    BEGIN
      IF is_new OR old_value IS DISTINCT FROM new_value THEN
        INSERT INTO recorded_moves VALUES (TG_TABLE_NAME, TG_ARGV[0], is_new, old_value, new_value);
      END IF;
      RETURN NULL;
    END $$`);
  for (const { table, column } of STATE_COLUMNS)
    await db.execute(
      sql.raw(`CREATE TRIGGER record_${column} AFTER INSERT OR UPDATE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION record_move('${column}')`),
    );
}

type RecordedMove = { is_new: boolean; old_value: string | null; new_value: string | null };

/** The moves that a column has made so far, as text. */
export async function readRecordedMoves(db: Database, column: StateColumn): Promise<string[]> {
  const { rows } = await db.execute<RecordedMove>(sql`
    SELECT DISTINCT is_new, old_value, new_value FROM recorded_moves
    WHERE table_name = ${column.table} AND column_name = ${column.column}`);
  return [...new Set(rows.map((row) => toPair(column, row)))].toSorted();
}

function toPair(
  { toState }: StateColumn,
  { is_new: isNew, old_value: old, new_value: value }: RecordedMove,
): string {
  const name = (text: string | null) => (toState === undefined ? String(text) : toState(text));
  if (isNew) return formatPair(null, name(value));
  // A name or an id that replaces another one is no legal move, although both are in the same state.
  const isReplaced = name(old) === name(value);
  return formatPair(name(old), isReplaced ? `another ${name(value)}` : name(value));
}
