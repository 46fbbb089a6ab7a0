import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { openPostgresClient } from "../../../db/connection/postgres-client.ts";

const POLL_MS = 1_000;

export interface IngestLock {
  databaseUrl: string;
  tenantId: string;
  /** Called once if another run of the tenant is in progress. */
  onWait(): void;
}

/** Runs one ingestion of a tenant at a time, on all machines: two of them would write and delete the same chunks. The second one waits. */
export async function withIngestLock<T>(
  { databaseUrl, tenantId, onWait }: IngestLock,
  work: () => Promise<T>,
): Promise<T> {
  const client = await openPostgresClient(databaseUrl, {
    application_name: "parley-ingest-lock",
    // The rows of a document are one transaction, so a connection that breaks leaves nothing torn.
    onError: () => undefined,
  });
  try {
    for (let isWaiting = false; !(await tryLock(client, tenantId)); isWaiting = true) {
      if (!isWaiting) onWait();
      await sleep(POLL_MS);
    }
    return await work();
  } finally {
    // The end of the session releases the lock.
    await client.end();
  }
}

async function tryLock(client: pg.Client, tenantId: string): Promise<boolean> {
  const query = "SELECT pg_try_advisory_lock(hashtext($1)) AS locked";
  const { rows } = await client.query<{ locked: boolean }>(query, [`parley:ingest:${tenantId}`]);
  return rows[0]?.locked === true;
}
