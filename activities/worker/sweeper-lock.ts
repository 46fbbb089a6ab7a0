import type pg from "pg";
import { openPostgresClient } from "../../db/connection/postgres-client.ts";

const LOCK = "parley:sweeper";
/**
 * A process that hangs, or a machine that disappears from the network, would keep the lock for hours. So the database ends a
 * connection that is silent for this long, and the sweeping process sends a query far more often.
 */
const IDLE_TIMEOUT_MS = 8_000;
const KEEP_ALIVE_MS = 2_000;

/** The advisory lock that lets one process sweep at a time. It lasts as long as its connection. */
export function createSweeperLock(databaseUrl: string) {
  let client: pg.Client | null = null;
  // Not logged: the next `acquire` throws for a lost connection, and is logged.
  const keepAlive = setInterval(() => void client?.query("SELECT 1").catch(() => undefined), KEEP_ALIVE_MS);
  let isLocked = false;

  function requireClient(): pg.Client {
    if (client === null) throw new Error("The connection of the lock is not open.");
    return client;
  }

  return {
    async open(): Promise<void> {
      client = await openPostgresClient(databaseUrl, {
        application_name: "parley-sweeper",
        connectionTimeoutMillis: 1_500,
        query_timeout: IDLE_TIMEOUT_MS,
        options: `-c idle_session_timeout=${IDLE_TIMEOUT_MS}`,
        onError: () => undefined,
      });
    },
    /** True when this process has the lock. Throws when the connection, and so the lock, is lost. */
    async acquire(): Promise<boolean> {
      if (isLocked) {
        await requireClient().query("SELECT 1");
        return true;
      }
      const query = "SELECT pg_try_advisory_lock(hashtext($1)) AS locked";
      const { rows } = await requireClient().query<{ locked: boolean }>(query, [LOCK]);
      isLocked = rows[0]?.locked === true;
      return isLocked;
    },
    async close(): Promise<void> {
      clearInterval(keepAlive);
      // Not logged: the connection is lost already.
      await client?.end().catch(() => undefined);
    },
  };
}
