import pg from "pg";

export interface PostgresWrites {
  walBytes: number;
  /** Of which most only read. */
  transactions: number;
  /** Waits for the disk; transactions that end together share one. */
  walSyncs: number;
}

/** Settings and counters of a whole Postgres server, by a role that may. */
export function openPostgresSettings(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  return {
    /** For every session from now on; returns how it was put back. */
    async set(settings: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
      const names = Object.keys(settings);
      for (const name of names) await pool.query(`ALTER SYSTEM SET ${name} = '${settings[name]}'`);
      await pool.query("SELECT pg_reload_conf()");
      return async () => {
        for (const name of names) await pool.query(`ALTER SYSTEM RESET ${name}`);
        await pool.query("SELECT pg_reload_conf()");
      };
    },
    /** By everybody, since the server began. */
    async written(): Promise<PostgresWrites> {
      const text = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS "walBytes",
        (SELECT sum(xact_commit)::float8 FROM pg_stat_database) AS transactions,
        (SELECT coalesce(sum(fsyncs), 0)::float8 FROM pg_stat_io WHERE object = 'wal') AS "walSyncs"`;
      const { rows } = await pool.query<PostgresWrites>(text);
      return rows[0] ?? { walBytes: 0, transactions: 0, walSyncs: 0 };
    },
    /** Each comparison begins behind one, or its first message would pay for pages that others wrote. */
    checkpoint: async () => void (await pool.query("CHECKPOINT")),
    close: () => pool.end(),
  };
}

export type PostgresSettings = ReturnType<typeof openPostgresSettings>;
