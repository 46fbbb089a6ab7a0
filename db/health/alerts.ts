import { asc, eq, gt, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { alerts } from "../schema/health.ts";

/*
 * Alerts of the workers, for /readyz and `parley doctor`. The process that sees a problem writes the alert and renews it; the process that
 * sees the end of the problem deletes it. An alert that is not renewed has ended too.
 */

/** Longer than the pause between two attempts at a chore. */
const VALID_MINUTES = 15;

/** A failure that lasts this long is an alert. A restart of a store takes less. */
export const ALERT_AFTER_MS = 60_000;

export interface Alert {
  /** What it is about, such as `chore:partitions` or `runs_stuck`. */
  name: string;
  /** Cause and remedy, in plain words. */
  detail: string;
}

/** Writes or renews an alert. `since` stays the time of the first one. True for a new alert. */
export async function raiseAlert(db: Queryable, { name, detail }: Alert): Promise<boolean> {
  const isOld = sql`${alerts.seenAt} < now() - make_interval(mins => ${VALID_MINUTES})`;
  const [row] = await db
    .insert(alerts)
    .values({ name, detail })
    .onConflictDoUpdate({
      target: alerts.name,
      set: {
        detail,
        seenAt: sql`now()`,
        since: sql`CASE WHEN ${isOld} THEN now() ELSE ${alerts.since} END`,
      },
    })
    .returning({ isNew: sql<boolean>`${alerts.since} = now()` });
  return row?.isNew === true;
}

/** True where there was one. */
export async function clearAlert(db: Queryable, name: string): Promise<boolean> {
  const rows = await db.delete(alerts).where(eq(alerts.name, name)).returning({ name: alerts.name });
  return rows.length > 0;
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
    async raise(alert: Alert): Promise<void> {
      await raiseAlert(db, alert);
    },
    async clear(name: string): Promise<void> {
      await clearAlert(db, name);
    },
  };
}
