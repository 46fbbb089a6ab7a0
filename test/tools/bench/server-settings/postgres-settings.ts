import pg from "pg";

export interface PostgresWrites {
  walBytes: number;
  /** Most of them only read. */
  transactions: number;
  /** Waits for the disk. Transactions that end together share one. */
  walSyncs: number;
  /** The time of these waits; 0 unless `track_wal_io_timing` is on. */
  walSyncMs: number;
}

/** Reads counters and changes settings of a whole PostgreSQL server; needs a superuser. */
export function openPostgresSettings(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: "parley-bench" });
  // Not logged: the end of the server ends an idle connection, and a query that is under way fails too.
  pool.on("error", () => undefined);
  return {
    /** Changes settings for all sessions; returns a function that restores them. */
    async set(settings: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
      const names = Object.keys(settings);
      for (const name of names) await pool.query(`ALTER SYSTEM SET ${name} = '${settings[name]}'`);
      await pool.query("SELECT pg_reload_conf()");
      return async () => {
        for (const name of names) await pool.query(`ALTER SYSTEM RESET ${name}`);
        await pool.query("SELECT pg_reload_conf()");
      };
    },
    /** Counters of all sessions since the start of the server. */
    async written(): Promise<PostgresWrites> {
      const text = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS "walBytes",
        (SELECT sum(xact_commit)::float8 FROM pg_stat_database) AS transactions,
        (SELECT coalesce(sum(fsyncs), 0)::float8 FROM pg_stat_io WHERE object = 'wal') AS "walSyncs",
        (SELECT coalesce(sum(fsync_time), 0)::float8 FROM pg_stat_io WHERE object = 'wal') AS "walSyncMs"`;
      const { rows } = await pool.query<PostgresWrites>(text);
      return rows[0] ?? { walBytes: 0, transactions: 0, walSyncs: 0, walSyncMs: 0 };
    },
    /** Open connections of programs, by database. */
    async connections(): Promise<Record<string, number>> {
      const { rows } = await pool.query<{ database: string; connections: number }>(
        `SELECT datname AS database, count(*)::int AS connections FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name <> 'parley-bench' GROUP BY datname ORDER BY datname`,
      );
      return Object.fromEntries(rows.map(({ database, connections }) => [database, connections]));
    },
    /** Runs before each comparison, because otherwise its first messages would pay for pages of the run before. */
    checkpoint: async () => void (await pool.query("CHECKPOINT")),
    close: () => pool.end(),
  };
}

export type PostgresSettings = ReturnType<typeof openPostgresSettings>;
