import { sql } from "drizzle-orm";

/**
 * A column for RETURNING, with which the transaction of the statement commits without a wait for the disk. A crash of PostgreSQL may lose
 * the last 0.6 s of such commits (three times `wal_writer_delay`), but no commit without all before it. Only for a write that the next
 * step makes again where it is missing.
 */
export const COMMIT_ASYNCHRONOUSLY = sql<string>`set_config('synchronous_commit', 'off', true)`;
