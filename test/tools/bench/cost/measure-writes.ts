import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** By database: Parley's own, and those of Temporal where it runs on PostgreSQL. */
export interface Writes {
  transactions: number;
  wal_syncs: number;
  wal_kb: number;
}

/** An idle connection reports its counters after 10 s. */
const REPORTED_MS = 10_500;

interface BackendWrites {
  pid: number;
  database: string;
  walBytes: number;
  walSyncs: number;
}

/** Counts what the open connections write, by database. It needs PostgreSQL 18 and a superuser. */
export async function watchWrites(
  url: string,
): Promise<(messages: number) => Promise<Record<string, Writes>>> {
  const client = new pg.Client({ connectionString: url, application_name: "parley-bench" });
  await client.connect();
  const read = async () => {
    await sleep(REPORTED_MS);
    const backends = await client.query<BackendWrites>(
      `SELECT a.pid, a.datname AS database, w.wal_bytes::float8 AS "walBytes",
         (SELECT coalesce(sum(fsyncs), 0)::float8 FROM pg_stat_get_backend_io(a.pid) WHERE object = 'wal') AS "walSyncs"
       FROM pg_stat_activity a, pg_stat_get_backend_wal(a.pid) w
       WHERE a.backend_type = 'client backend' AND a.datname IS NOT NULL`,
    );
    const databases = await client.query<{ database: string; transactions: number }>(
      "SELECT datname AS database, xact_commit::float8 AS transactions FROM pg_stat_database WHERE datname IS NOT NULL",
    );
    return { backends: backends.rows, databases: databases.rows };
  };
  const before = await read();
  return async (messages) => {
    const after = await read();
    await client.end();
    const earlier = new Map(before.backends.map((row) => [row.pid, row]));
    const transactions = new Map(before.databases.map((row) => [row.database, row.transactions]));
    const writes = after.databases.map(({ database, transactions: count }): [string, Writes] => {
      const own = after.backends.filter((row) => row.database === database);
      const sum = (name: "walBytes" | "walSyncs") =>
        own.reduce((total, row) => total + row[name] - (earlier.get(row.pid)?.[name] ?? 0), 0);
      return [
        database,
        {
          transactions: round((count - (transactions.get(database) ?? 0)) / messages),
          wal_syncs: round(sum("walSyncs") / messages),
          wal_kb: round(sum("walBytes") / 1024 / messages),
        },
      ];
    });
    return Object.fromEntries(writes.filter(([, { wal_kb: kb }]) => kb > 0));
  };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
