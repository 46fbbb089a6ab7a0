import { sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";

export interface ClockWatch {
  db: Pick<Queryable, "execute">;
  log: { error(details: object, message: string): void };
  everyMs?: number;
}

const EVERY_MS = 10_000;
/** The window of signed timestamps. Outside it we reject vendors' messages, and vendors reject ours. */
const ALARM_MS = 300_000;

/**
 * Compares this machine's clock with the database's at intervals, and logs an error where they differ by more than signatures
 * allow. It decides nothing: one of the clocks is wrong, and an operator has to find out which. Returns the function that
 * stops it.
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
  // Not logged: an unavailable database has its own alarm.
  const timer = setInterval(() => void checkSkew().catch(() => undefined), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** How far this clock is ahead of the database's, ms. The error is at most half of the round trip. */
export async function clockSkewMs(db: Pick<Queryable, "execute">): Promise<number> {
  const asked = performance.now();
  const { rows } = await db.execute<{ now: number }>(
    sql`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`,
  );
  return Math.round(Date.now() - (performance.now() - asked) / 2 - (rows[0]?.now ?? 0));
}
