import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createOutboundLists } from "../../../activities/worker/sweep-outbound.ts";
import { handBackIdleVendorTakeovers } from "../../../db/conversations/takeover.ts";
import {
  claimFirstAttempts,
  claimLaterAttempts,
  claimOverdueAttempts,
} from "../../../db/events/claim-deliveries.ts";
import { leaveLostToWorkflows } from "../../../db/events/first-attempts.ts";
import { bringRecoveredForward, findDueEarlyParts } from "../../../db/delivery/bring-forward.ts";
import { bringForwardRecovered } from "../../../db/events/endpoint-health.ts";
import { listPoisonOfOtherBuilds } from "../../../db/health/turn-restarts.ts";
import { relayEvents } from "../../../db/events/outgoing-events.ts";
import { connectPostgres, type Database, type Queryable } from "../../../db/connection/postgres.ts";
import {
  findLongRunningTurns,
  findUnstartedMessages,
  markIdleOwners,
} from "../../../db/turns/unstarted-messages.ts";
import { countRowReads } from "../plans/count-row-reads.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { TEST_CONNECT_MS } from "../../support/await-connection.ts";

const ROWS = 100_000;

let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  // One connection, because each connection reports its own statistics.
  opened = await openDatabase("sweeps", { maxConnections: 1 });
  ({ db } = opened);
});
afterAll(() => opened.close());

/** Loads the rows of a year in which everything has ended. A busy machine needs longer for that than the product allows a statement. */
async function loadEndedRows(): Promise<void> {
  const options = {
    maxConnections: 1,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    statementTimeoutMs: 120_000,
  };
  const loader = connectPostgres({ url: opened.url, ...options, onError: () => undefined });
  // The statistics count also the rows that an autovacuum reads.
  for (const table of ["conversations", "inbox", "turns", "deliveries", "events", "event_deliveries"])
    await loader.execute(sql`ALTER TABLE ${sql.identifier(table)} SET (autovacuum_enabled = false)`);
  await insertEndedRows(loader);
  await loader.$client.end();
}

async function insertEndedRows(tx: Queryable): Promise<void> {
  const many = sql`FROM generate_series(1, ${ROWS}::int) AS n`;
  const id = sql`md5(n::text)::uuid`;
  await tx.execute(sql`
    INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id) SELECT ${id}, 't', 'c', 'a', ${id} ${many}`);
  await tx.execute(sql`
    INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, turn_id, received_at, wake_at)
    SELECT 'c', 'a', n, 't', ${id}, 1, 'msg:' || n, 'answered', ${id}, now(), now() - make_interval(secs => n) ${many}`);
  await tx.execute(sql`
    INSERT INTO turns (id, tenant_id, conversation_id, workflow_id, origin, state)
    SELECT ${id}, 't', ${id}, 'reply:' || n, '{"kind":"agent","agent":"ada","via":"parley"}', 'closed' ${many}`);
  await tx.execute(sql`
    INSERT INTO deliveries (id, tenant_id, conversation_id, turn_id, part, body, state, receipt, refusal, updated_at)
    SELECT ${id}, 't', ${id}, ${id}, 0, '', 'accepted', CASE n % 10 WHEN 0 THEN 'failed' ELSE 'read' END, 'permanent', now() - interval '1 hour' ${many}`);
  await tx.execute(sql`
    INSERT INTO events (id, tenant_id, type, data, relayed_at) SELECT ${id}, 't', 'message.received', '{}', now() ${many}`);
  await tx.execute(sql`
    INSERT INTO event_deliveries (event_id, endpoint_id, tenant_id, state) SELECT ${id}, ${id}, 't', 'delivered' ${many}`);
  await tx.execute(sql`ANALYZE conversations, inbox, turns, deliveries, events, event_deliveries`);
}

it(`a round of the sweeper that finds nothing reads at most 1,000 of ${ROWS} rows in each table`, async () => {
  await loadEndedRows();
  const before = await countRowReads(db);
  const late = { olderThanMs: 3_000, limit: 100, keysetBefore: null };
  await findUnstartedMessages(db, late);
  await findLongRunningTurns(db, late);
  await markIdleOwners(db, late);
  for (const list of Object.values(createOutboundLists(db, "build"))) await list(late);
  await handBackIdleVendorTakeovers(db, { idleMs: 1, limit: 100 });
  await listPoisonOfOtherBuilds(db, { build: "build", limit: 100 });
  await leaveLostToWorkflows(db, { claimMs: 30_000, limit: 100 });
  await claimOverdueAttempts(db, { overdueMs: 60_000, limit: 100 });
  await relayEvents(db, 100);
  const limits = { rows: 100, perEndpoint: 20, perTenant: 60, inAll: 400 };
  await claimFirstAttempts(db, { ...limits, countedMs: 30_000 });
  await claimLaterAttempts(db, limits);
  await bringForwardRecovered(db, 100);
  await bringRecoveredForward(db);
  await findDueEarlyParts(db, late);
  const after = await countRowReads(db);
  const read = [...after].map(([name, rows]) => [name, rows - (before.get(name) ?? 0)] as const);
  expect(read.filter(([, rows]) => rows > 1_000)).toEqual([]);
}, 180_000);
