import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

interface ClockWatchOptions {
  db: Pick<Queryable, "execute">;
  log: { error(details: object, message: string): void };
  everyMs?: number;
}

export interface ClockWatch {
  /** A time of this machine's clock, by the database's clock as of the last comparison. */
  toDatabaseTime(time: Date): Date;
  stop(): void;
}

const EVERY_MS = 10_000;
/** The window of signed timestamps. Outside it we reject vendors' messages, and vendors reject ours. */
const ALARM_MS = 300_000;

/**
 * Compares this machine's clock with the database's at intervals, and logs an error where they differ by more than signatures
 * allow: one of the clocks is wrong, and an operator has to find out which. While Postgres is unavailable, the last comparison
 * is the estimate of its clock.
 */
export function watchClock({ db, log, everyMs = EVERY_MS }: ClockWatchOptions): ClockWatch {
  let skewMs = 0;
  const checkSkew = async () => {
    skewMs = await clockSkewMs(db);
    if (Math.abs(skewMs) > ALARM_MS)
      log.error(
        { skewMs },
        "this machine's clock and the database's differ: signed messages will be refused",
      );
  };
  // Not logged: an unavailable database has its own alarm.
  const check = () => void checkSkew().catch(() => undefined);
  const timer = setInterval(check, everyMs);
  timer.unref();
  check();
  return {
    toDatabaseTime: (time) => new Date(time.getTime() - skewMs),
    stop: () => clearInterval(timer),
  };
}

/** How far this clock is ahead of the database's, ms. The error is at most half of the round trip. */
export async function clockSkewMs(db: Pick<Queryable, "execute">): Promise<number> {
  const asked = performance.now();
  const { rows } = await db.execute<{ now: number }>(
    sql`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`,
  );
  return Math.round(Date.now() - (performance.now() - asked) / 2 - (rows[0]?.now ?? 0));
}
