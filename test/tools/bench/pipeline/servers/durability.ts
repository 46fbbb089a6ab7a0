/** What each store does before it acknowledges a write. Equal, or speeds say only who forgets more. */
export const DURABILITY = {
  postgres: "fsync on, synchronous_commit on, full_page_writes on (as it comes)",
  temporal_dev:
    "SQLite, journal_mode wal, synchronous normal: a crash of the machine may take its last writes",
  temporal_postgres: "as postgres",
  restate: "replicated loglet on one node, write-ahead log synced (as it comes)",
  redis: "appendonly yes, appendfsync always",
} as const;
