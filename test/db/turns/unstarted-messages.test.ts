import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSweepOutbound } from "../../../activities/worker/sweep-outbound.ts";
import { claimOverdueDeliveries, claimWaitingDeliveries } from "../../../db/events/event-deliveries.ts";
import { relayEvents } from "../../../db/events/outgoing-events.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { findLongRunningTurns, findUnstartedMessages } from "../../../db/turns/unstarted-messages.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const ROWS = 100_000;

let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  // One connection: what it has counted is asked of it.
  opened = await openDatabase("sweeps", { maxConnections: 1 });
  ({ db } = opened);
});
afterAll(() => opened.close());

/** A year of talk in which everything has come to its end. */
async function fill(): Promise<void> {
  const many = sql`FROM generate_series(1, ${ROWS}::int) AS n`;
  const id = sql`md5(n::text)::uuid`;
  await db.execute(sql`
    INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id) SELECT ${id}, 't', 'c', 'a', ${id} ${many}`);
  await db.execute(sql`
    INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, received_at, wake_at)
    SELECT 'c', 'a', n, 't', ${id}, 1, 'msg:' || n, 'answered', now(), now() - make_interval(secs => n) ${many}`);
  await db.execute(sql`
    INSERT INTO turns (id, tenant_id, conversation_id, workflow_id, state)
    SELECT ${id}, 't', ${id}, 'reply:' || n, 'closed' ${many}`);
  await db.execute(sql`
    INSERT INTO deliveries (id, tenant_id, conversation_id, turn_id, part, body, state, receipt, refusal, updated_at)
    SELECT ${id}, 't', ${id}, ${id}, 0, '', 'accepted', CASE n % 10 WHEN 0 THEN 'failed' ELSE 'read' END, 'permanent', now() - interval '1 hour' ${many}`);
  await db.execute(sql`
    INSERT INTO events (id, tenant_id, type, data, relayed_at) SELECT ${id}, 't', 'message.received', '{}', now() ${many}`);
  await db.execute(sql`
    INSERT INTO event_deliveries (event_id, endpoint_id, tenant_id, state) SELECT ${id}, ${id}, 't', 'delivered' ${many}`);
  await db.execute(sql`ANALYZE conversations, inbox, turns, deliveries, events, event_deliveries`);
}

/** Rows that scans and indexes have handed out so far. */
async function rowsRead(): Promise<Map<string, number>> {
  await db.execute(sql`SELECT pg_stat_force_next_flush()`);
  await db.execute(sql`SELECT pg_stat_clear_snapshot()`);
  const { rows } = await db.execute<{ name: string; read: string }>(sql`
    SELECT t.relname AS name, t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0) AS read
    FROM pg_stat_user_tables t LEFT JOIN pg_stat_user_indexes i USING (relid)
    GROUP BY t.relid, t.relname, t.seq_tup_read`);
  return new Map(rows.map(({ name, read }) => [name, Number(read)]));
}

it(`a round of the sweeper that finds nothing reads next to nothing of ${ROWS} rows in each table`, async () => {
  await fill();
  const before = await rowsRead();
  const late = { olderThanMs: 3_000, limit: 100, keysetBefore: null };
  await findUnstartedMessages(db, late);
  await findLongRunningTurns(db, late);
  await createSweepOutbound(db)();
  await claimOverdueDeliveries(db, { overdueMs: 60_000, limit: 100 });
  await relayEvents(db, 100);
  await claimWaitingDeliveries(db, 100);
  const after = await rowsRead();
  const read = [...after].map(([name, rows]) => [name, rows - (before.get(name) ?? 0)] as const);
  expect(read.filter(([, rows]) => rows > 1_000)).toEqual([]);
});
