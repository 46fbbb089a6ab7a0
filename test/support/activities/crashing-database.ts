import type pg from "pg";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { TEST_CONNECT_MS } from "../await-connection.ts";

/** A function of the migrations that changes rows. */
const WRITING_FUNCTION = /^select finish_turn\(/i;

class ProcessDied extends Error {
  override name = "ProcessDied";
}

/** "crash": nothing more is executed. "lost": the connection is lost with the response, and the process goes on. */
export type Interruption = "crash" | "lost";

export interface CrashingDatabase {
  db: Database;
  /** The commits so far: COMMIT, and statements outside of a transaction that write. */
  count(): number;
  close(): Promise<void>;
}

/**
 * Interrupts the process directly after commit number `at` (1-based). An interruption inside a transaction is not tried, because
 * PostgreSQL takes such a transaction back: it is the same as an interruption after the commit before.
 */
export function connectCrashing(
  url: string,
  { at, how }: { at: number; how: Interruption },
): CrashingDatabase {
  const options = {
    maxConnections: 2,
    applicationName: "crashing",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  };
  const db = connectPostgres({ url, ...options });
  let commits = 0;
  let isDead = false;
  const interrupt = () => {
    if (how === "lost") throw Object.assign(new Error("The response was lost."), { code: "ECONNRESET" });
    isDead = true;
    throw new ProcessDied();
  };
  db.$client.on("connect", (client: pg.PoolClient) => {
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
    let isInTransaction = false;
    const run = async (given: unknown[]) => {
      if (isDead) throw new ProcessDied();
      const text = textOf(given[0]);
      const isRead = /^(select|begin)/i.test(text) && !WRITING_FUNCTION.test(text);
      const isCommit = /^commit/i.test(text) || (!isInTransaction && !isRead);
      if (/^(begin|commit|rollback)\b(?! to)/i.test(text)) isInTransaction = /^begin/i.test(text);
      const result = await query(...given);
      if (isCommit && ++commits === at) interrupt();
      return result;
    };
    const runOrInterrupt = (...given: unknown[]) => {
      const done = given.at(-1);
      if (typeof done !== "function") return run(given);
      // The pool gives a callback.
      run(given.slice(0, -1)).then(
        (result) => done(null, result) as unknown,
        (error: unknown) => done(error) as unknown,
      );
      return undefined;
    };
    client.query = runOrInterrupt as typeof client.query;
  });
  return { db, count: () => commits, close: async () => await db.$client.end() };
}

function textOf(statement: unknown): string {
  const { text } = typeof statement === "string" ? { text: statement } : (statement as { text: string });
  return text.trim();
}
