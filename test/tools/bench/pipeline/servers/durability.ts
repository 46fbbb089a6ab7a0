/** The work of each store before it acknowledges a write. It must be equal for a fair comparison. */
export const DURABILITY = {
  postgres: "fsync on, synchronous_commit on, full_page_writes on (default)",
  temporal_dev:
    "SQLite, journal_mode wal, synchronous normal: a crash of the machine may take its last writes",
  temporal_postgres: "as postgres",
  restate: "replicated loglet on one node, write-ahead log synced (default)",
  redis: "appendonly yes, appendfsync always",
} as const;
