import { asc, eq, gt, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { alerts } from "../schema/health.ts";

/*
 * Alerts of the workers, for /readyz and `parley doctor`. The process that sees a problem writes the alert and renews it; the process that
 * sees the end of the problem deletes it. An alert that is not renewed has ended too.
 */

/** Longer than the pause between two attempts at a chore. */
const VALID_MINUTES = 15;

export interface Alert {
  /** What it is about, such as `chore:partitions` or `runs_stuck`. */
  name: string;
  /** Cause and remedy, in plain words. */
  detail: string;
}

/** Writes or renews an alert. `since` stays the time of the first one. */
export async function raiseAlert(db: Queryable, { name, detail }: Alert): Promise<void> {
  const isOld = sql`${alerts.seenAt} < now() - make_interval(mins => ${VALID_MINUTES})`;
  await db
    .insert(alerts)
    .values({ name, detail })
    .onConflictDoUpdate({
      target: alerts.name,
      set: {
        detail,
        seenAt: sql`now()`,
        since: sql`CASE WHEN ${isOld} THEN now() ELSE ${alerts.since} END`,
      },
    });
}

export async function clearAlert(db: Queryable, name: string): Promise<void> {
  await db.delete(alerts).where(eq(alerts.name, name));
}

export async function listAlerts(db: Queryable): Promise<(Alert & { since: Date })[]> {
  return await db
    .select({ name: alerts.name, detail: alerts.detail, since: alerts.since })
    .from(alerts)
    .where(gt(alerts.seenAt, sql`now() - make_interval(mins => ${VALID_MINUTES})`))
    .orderBy(asc(alerts.name));
}

/** Raises and clears alerts in one database. */
export function createAlerts(db: Queryable) {
  return {
    raise: async (alert: Alert) => await raiseAlert(db, alert),
    clear: async (name: string) => await clearAlert(db, name),
  };
}
