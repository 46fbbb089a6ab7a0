import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

/** Every time that is stored or compared with a stored one is the database's, because the clocks of hosts differ. */
export async function readDatabaseTime(db: Pick<Queryable, "execute">): Promise<Date> {
  const { rows } = await db.execute<{ now: string }>(sql`SELECT clock_timestamp()::text AS now`);
  return new Date(rows[0]?.now ?? Number.NaN);
}

/** The day of budgets and counts. In UTC, so that it does not depend on the time zone of a host. */
export const UTC_TODAY = sql`(now() AT TIME ZONE 'UTC')::date`;
