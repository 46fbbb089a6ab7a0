import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { ingressProcesses } from "../schema/access.ts";

/*
 * The ingress keeps channel accounts in memory. Each process reports here which version it uses, so that a rotated or dropped secret
 * can be shown as in effect.
 */

export interface ProcessReport {
  id: string;
  /** A time of the database, as text with microseconds. */
  asOf: string;
  /** `channel/id` of each account that the process cannot decrypt. */
  unreadable: readonly string[];
}

/** A process reports at least every 10 s. After this time without a report it has ended or cannot reach Postgres. */
const SEEN_WITHIN = "30 seconds";
const REMOVED_AFTER = "1 hour";

export async function reportAccounts(db: Queryable, report: ProcessReport): Promise<void> {
  const row = {
    accountsAsOf: sql`${report.asOf}::timestamptz`,
    unreadable: [...report.unreadable],
    seenAt: sql`now()`,
  };
  await db
    .insert(ingressProcesses)
    .values({ id: report.id, ...row })
    .onConflictDoUpdate({ target: ingressProcesses.id, set: row });
}

/** Also removes processes that ended long ago without this call. */
export async function removeProcess(db: Queryable, id: string): Promise<void> {
  await db
    .delete(ingressProcesses)
    .where(
      sql`${ingressProcesses.id} = ${id} OR ${ingressProcesses.seenAt} < now() - ${REMOVED_AFTER}::interval`,
    );
}

export interface ConfirmedProcesses {
  /** The ingress processes that run. */
  running: number;
  /** Those that use every change before the given time. */
  confirmed: number;
  /** Those that cannot decrypt the account, so they reject its requests. */
  unreadable: number;
}

export async function countConfirmed(
  db: Queryable,
  { since, account }: { since: string; account: string },
): Promise<ConfirmedProcesses> {
  const isConfirmed = sql`${ingressProcesses.accountsAsOf} >= ${since}::timestamptz`;
  const [row] = await db
    .select({
      running: sql<number>`count(*)::int`,
      confirmed: sql<number>`count(*) FILTER (WHERE ${isConfirmed})::int`,
      unreadable: sql<number>`count(*) FILTER (WHERE ${account} = ANY(${ingressProcesses.unreadable}))::int`,
    })
    .from(ingressProcesses)
    .where(sql`${ingressProcesses.seenAt} > now() - ${SEEN_WITHIN}::interval`);
  return row ?? { running: 0, confirmed: 0, unreadable: 0 };
}

/** The database's time now. Every transaction that was committed before this call is older. */
export async function readTime(db: Queryable): Promise<string> {
  const { rows } = await db.execute<{ now: string }>(sql`SELECT clock_timestamp()::text AS now`);
  const [row] = rows;
  if (row === undefined) throw new Error("The database returned no time.");
  return row.now;
}
