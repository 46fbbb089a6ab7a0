import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

export interface ClockWatch {
  db: Pick<Queryable, "execute">;
  log: { error(details: object, message: string): void };
  everyMs?: number;
}

const EVERY_MS = 10_000;
/** The window of signed timestamps: beyond it vendors' messages are refused, and ours by them. */
const ALARM_MS = 300_000;

/**
 * Compares this machine's clock with the database's now and then, and says so loudly where they differ by more than signatures allow.
 * Nothing is decided by it: one of the two is wrong, and a person has to find out which. Returns how to stop.
 */
export function watchClock({ db, log, everyMs = EVERY_MS }: ClockWatch): () => void {
  const checkSkew = async () => {
    const skewMs = await clockSkewMs(db);
    if (Math.abs(skewMs) > ALARM_MS)
      log.error(
        { skewMs },
        "this machine's clock and the database's differ: signed messages will be refused",
      );
  };
  // A database that is away is somebody else's alarm.
  const timer = setInterval(() => void checkSkew().catch(() => undefined), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** How far this clock is ahead of the database's, ms; exact to half of the way there and back. */
export async function clockSkewMs(db: Pick<Queryable, "execute">): Promise<number> {
  const asked = performance.now();
  const { rows } = await db.execute<{ now: number }>(
    sql`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`,
  );
  return Math.round(Date.now() - (performance.now() - asked) / 2 - (rows[0]?.now ?? 0));
}
