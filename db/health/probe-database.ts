import { sql } from "drizzle-orm";
import { newId } from "../connection/new-id.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { alerts } from "../schema/health.ts";

export interface DatabaseProbe {
  isReadOnly: boolean;
  /** The settings of the connection that are not in effect. */
  lostSettings: string[];
}

/** More transactions than connections, so that a prepared statement meets a server connection of a pooler that has not seen it. */
const ROUNDS = 3;

/**
 * What every step relies on: a transaction that writes and commits, statements that are prepared once and used in several transactions at the
 * same time, and the settings of the connection. Throws the error of the server.
 */
export async function probeDatabase(
  db: Database,
  { statementTimeoutMs }: { statementTimeoutMs: number },
): Promise<DatabaseProbe> {
  const [state] = await Promise.all(
    Array.from({ length: ROUNDS }, async () => await db.transaction(async (tx) => await readState(tx))),
  );
  if (state === undefined) throw new Error("A probe has a state.");
  const wanted = { statement_timeout: statementTimeoutMs, TimeZone: "UTC" };
  const lostSettings = [
    ...(state.timeout_ms === wanted.statement_timeout ? [] : ["statement_timeout"]),
    ...(state.zone === wanted.TimeZone ? [] : ["timezone"]),
  ];
  if (!state.read_only) await db.transaction(async (tx) => await writeAndDelete(tx));
  return { isReadOnly: state.read_only, lostSettings };
}

async function readState(tx: Queryable) {
  const { rows } = await tx.execute<{ timeout_ms: number; zone: string; read_only: boolean }>(sql`
    SELECT (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::int AS timeout_ms,
      current_setting('TimeZone') AS zone, current_setting('transaction_read_only') = 'on' AS read_only`);
  return rows[0];
}

/** The row is old, so no list of alerts ever shows it. */
async function writeAndDelete(tx: Queryable): Promise<void> {
  const name = `doctor:${newId()}`;
  await tx.insert(alerts).values({ name, detail: "", seenAt: sql`now() - interval '1 day'` });
  await tx.execute(sql`DELETE FROM alerts WHERE name = ${name}`);
}
