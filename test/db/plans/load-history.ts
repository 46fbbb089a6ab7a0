import { type SQL, sql } from "drizzle-orm";
import { connectPostgres } from "../../../db/connection/postgres.ts";

/** Enough that the planner prefers an index to a scan of a table. */
const ROWS = 10_000;
/** Turns of one conversation: the contact who writes every day for years. */
const LONG = 2_000;
const MONTHS = 24;

const many = sql`FROM generate_series(1, ${ROWS}::int) AS n`;
const long = sql`FROM generate_series(1, ${LONG}::int) AS n`;
const id = sql`md5(n::text)::uuid`;
const longId = sql`md5('long' || n)::uuid`;
const at = sql`now() - make_interval(mins => n * 104)`;

export interface HistoryOwner {
  tenantId: string;
  channel: string;
  accountId: string;
  endpointId: string;
  /** The conversation that gets a long history. */
  conversationId: string;
}

type Run = (statement: SQL) => Promise<{ rows: Record<string, unknown>[] }>;

/**
 * Loads two years of rows: most have ended well, some of each kind are in trouble or wait. Row n is n times 104 minutes old. Ids follow
 * from n, so that rows of several tables belong together.
 */
export async function loadHistory(url: string, owner: HistoryOwner): Promise<void> {
  const options = { maxConnections: 1, applicationName: "test", statementTimeoutMs: 120_000 };
  const db = connectPostgres({ url, ...options, onError: () => undefined });
  const run: Run = async (statement) => await db.execute(statement);
  await run(sql`SET synchronous_commit = off`);
  for (const load of [loadHealth, loadConversations, loadTurns, loadReplies, loadEventsAndContent])
    await load(run, owner);
  await run(sql`VACUUM ANALYZE`);
  await db.$client.end();
}

/** Channel and account of row n: one of a thousand has another account. */
const ownAccount = ({ tenantId, channel, accountId }: HistoryOwner) =>
  sql`${tenantId}, ${channel}, CASE WHEN n % 1000 = 7 THEN 'rare' ELSE ${accountId} END`;

async function loadHealth(run: Run): Promise<void> {
  await run(sql`INSERT INTO step_failures (step, workflow_id, build, failures, first_at, last_at)
    SELECT 'screen', 'msg:' || n, 'build', 1, ${at}, ${at} ${many}`);
}

async function loadConversations(run: Run, owner: HistoryOwner): Promise<void> {
  const { tenantId, channel } = owner;
  const own = ownAccount(owner);
  await run(
    sql`INSERT INTO channel_accounts (tenant_id, channel, id, address, secrets) VALUES (${tenantId}, ${channel}, 'rare', 'r', '')`,
  );
  for (let month = 2; month <= MONTHS; month++)
    await run(sql`
      SELECT format('CREATE TABLE %I PARTITION OF messages FOR VALUES FROM (%L) TO (%L)', 'messages_' || to_char(m, 'YYYY_MM'), m, m + interval '1 month')
      FROM (SELECT date_trunc('month', now(), 'UTC') - make_interval(months => ${month}::int) AS m) s`).then(
      async ({ rows }) => await run(sql.raw(String(rows[0]?.["format"]))),
    );
  await run(sql`INSERT INTO contacts (tenant_id, channel, id, address_hash, address, link_id, created_at)
    SELECT ${tenantId}, CASE WHEN n % 1000 = 7 THEN 'line' ELSE ${channel} END, ${id}, decode(md5(n::text), 'hex'), '', CASE WHEN n % 100 < 2 THEN md5('link' || n / 100)::uuid END, ${at} ${many}`);
  await run(sql`INSERT INTO contact_aliases (tenant_id, channel, address_hash, contact_id, address)
    SELECT ${tenantId}, ${channel}, decode(md5('alias' || n), 'hex'), ${id}, '' ${many} WHERE n % 4 = 0`);
  await run(sql`INSERT INTO consents (tenant_id, channel, account_id, address_hash, state, source)
    SELECT ${own}, decode(md5(n::text), 'hex'), 'opted_out', 'keyword' ${many} WHERE n % 4 = 0`);
  await run(sql`INSERT INTO conversations (tenant_id, channel, account_id, id, contact_id, turn_owner, turn_acquired_at, taken_over_by, taken_over_at, paused_at, pause_reason, last_inbound_at, created_at)
    SELECT ${own}, ${id}, ${id}, CASE WHEN n % 100 = 3 THEN 'msg:' || n END, CASE WHEN n % 100 = 3 THEN ${at} END,
      CASE WHEN n % 100 = 5 THEN 'ada' END, CASE WHEN n % 100 = 5 THEN ${at} END, CASE WHEN n % 50 = 6 THEN ${at} END,
      CASE n % 100 WHEN 6 THEN 'operator' WHEN 56 THEN 'handoff' END, ${at}, ${at} ${many}`);
}

async function loadTurns(run: Run, owner: HistoryOwner): Promise<void> {
  const { tenantId, channel, accountId, conversationId } = owner;
  const own = ownAccount(owner);
  const inboxColumns = sql.raw(
    "tenant_id, channel, account_id, provider_message_id, conversation_id, seq, workflow_id, state, turn_id, received_at, wake_at",
  );
  await run(sql`INSERT INTO inbox (${inboxColumns})
    SELECT ${own}, 'id' || n, ${id}, 1, 'msg:' || n, CASE WHEN n % 100 = 1 THEN 'pending' ELSE 'answered' END, CASE WHEN n % 100 <> 1 THEN ${id} END, ${at}, ${at} ${many}`);
  await run(sql`INSERT INTO inbox (${inboxColumns})
    SELECT ${tenantId}, ${channel}, ${accountId}, 'long' || n, ${conversationId}, 2 * n, 'msg:long' || n, 'answered', ${longId}, ${at}, ${at} ${long}`);
  const turnColumns = sql.raw(
    "tenant_id, id, conversation_id, workflow_id, state, origin, outcome, outcome_reason, build, opened_at, closed_at",
  );
  await run(sql`INSERT INTO turns (${turnColumns})
    SELECT ${tenantId}, ${id}, ${id}, 'msg:' || n, CASE WHEN n % 100 = 3 THEN 'open' ELSE 'closed' END,
      CASE WHEN n % 200 = 3 THEN '{"kind":"agent","agent":"ada","via":"parley"}'::jsonb ELSE '{"kind":"inbound"}' END,
      CASE WHEN n % 100 = 3 THEN NULL WHEN n % 4 = 0 THEN 'failed' ELSE 'answered' END, CASE WHEN n % 4 = 0 THEN 'refused:permanent:30003' END,
      CASE WHEN n % 100 = 4 THEN 'old' END, ${at}, CASE WHEN n % 100 <> 3 THEN ${at} END ${many}`);
  await run(sql`INSERT INTO turns (${turnColumns})
    SELECT ${tenantId}, ${longId}, ${conversationId}, 'msg:long' || n, 'closed', '{"kind":"inbound"}', 'answered', NULL, NULL, ${at}, ${at} ${long}`);
}

async function loadReplies(run: Run, owner: HistoryOwner): Promise<void> {
  const { tenantId, conversationId } = owner;
  const own = ownAccount(owner);
  const partColumns = sql.raw(
    "tenant_id, id, conversation_id, turn_id, part, body, state, receipt, refusal, provider_id, attempt, first_attempt_at, accepted_at, next_attempt_at, last_early_attempt, updated_at",
  );
  await run(sql`INSERT INTO deliveries (${partColumns})
    SELECT ${tenantId}, ${id}, ${id}, ${id}, 0, '', CASE WHEN n % 100 = 3 THEN 'intended' WHEN n % 4 = 0 THEN 'refused' ELSE 'accepted' END,
      CASE WHEN n % 50 = 9 THEN 'failed' WHEN n % 4 > 0 THEN 'read' END, CASE WHEN n % 100 = 9 THEN 'permanent' WHEN n % 4 = 0 THEN 'permanent' WHEN n % 100 = 3 THEN 'transient' END,
      'SM' || n, 1, ${at}, CASE WHEN n % 4 > 0 AND n % 100 <> 3 THEN ${at} END, CASE WHEN n % 100 = 3 THEN now() + make_interval(mins => n % 60 - 5) END,
      CASE WHEN n % 200 = 3 THEN 2 END, ${at} ${many}`);
  await run(sql`INSERT INTO deliveries (${partColumns})
    SELECT ${tenantId}, ${longId}, ${conversationId}, ${longId}, 0, '', 'accepted', 'read', NULL, 'SMlong' || n, 1, ${at}, ${at}, NULL, NULL, ${at} ${long}`);
  await run(sql`INSERT INTO receipts (tenant_id, channel, account_id, provider_id, state)
    SELECT ${own}, 'SM' || n, 'read' ${many}`);
  await run(sql`INSERT INTO messages (tenant_id, conversation_id, seq, direction, turn_id, body, created_at)
    SELECT ${tenantId}, ${id}, 1, 'inbound', NULL, '', ${at} ${many}`);
  await run(sql`INSERT INTO messages (tenant_id, conversation_id, seq, direction, turn_id, body, created_at)
    SELECT ${tenantId}, ${conversationId}, 2 * n + side, CASE side WHEN 0 THEN 'inbound' ELSE 'outbound' END, CASE side WHEN 1 THEN ${longId} END, '', ${at}
    ${long} CROSS JOIN generate_series(0, 1) AS side`);
  await run(
    sql`UPDATE conversations SET next_seq = 10000, created_at = ${sql`now() - interval '720 days'`} WHERE id = ${conversationId}`,
  );
}

async function loadEventsAndContent(run: Run, owner: HistoryOwner): Promise<void> {
  const { tenantId, endpointId, conversationId } = owner;
  const own = ownAccount(owner);
  await run(sql`INSERT INTO events (tenant_id, id, type, conversation_id, data, created_at, relayed_at)
    SELECT ${tenantId}, ${id}, 'message.received', ${id}, '{}', ${at}, CASE WHEN n % 100 <> 2 THEN ${at} END ${many}`);
  await run(sql`INSERT INTO event_deliveries (tenant_id, event_id, endpoint_id, state, next_attempt_at, claimed_at, updated_at)
    SELECT ${tenantId}, ${id}, ${endpointId}, CASE WHEN n % 100 IN (4, 5) THEN 'pending' WHEN n % 1000 = 8 THEN 'failed' ELSE 'delivered' END,
      ${at}, CASE WHEN n % 100 = 4 THEN now() END, ${at} ${many}`);
  await run(sql`INSERT INTO unstored_messages (id, tenant_id, channel, account_id, provider_message_id, inlined, reason, created_at)
    SELECT ${id}, ${own}, 'lost' || n, '', 'poison', ${at} ${many} WHERE n % 4 = 0`);
  await run(sql`INSERT INTO dead_letter_dismissals (tenant_id, id, author, note, dismissed_at)
    SELECT ${tenantId}, CASE WHEN n % 8 = 4 THEN ${id}::text ELSE md5('gone' || n)::uuid::text END, 'ada', '', ${at} + interval '1 hour' ${many}`);
  await run(sql`INSERT INTO message_changes (tenant_id, channel, account_id, change_id, conversation_id, target_message_id, kind, body, received_at)
    SELECT ${own}, 'c' || n, ${id}, 'id' || n, 'edit', '', ${at} ${many} WHERE n % 10 = 0`);
  await run(sql`INSERT INTO stream_events (tenant_id, conversation_id, seq, key, kind, body, created_at)
    SELECT ${tenantId}, ${conversationId}, n, ${longId}, 'reply', '', ${at} ${long}`);
  await run(sql`INSERT INTO stream_events (tenant_id, conversation_id, seq, key, kind, body, created_at)
    SELECT ${tenantId}, ${id}, n, ${id}, 'reply', '', ${at} ${many}`);
  await run(sql`INSERT INTO idempotency_keys (tenant_id, key, request_hash, created_at)
    SELECT ${tenantId}, 'key' || n, '', ${at} ${many}`);
  await run(sql`INSERT INTO documents (tenant_id, path, sha256, title, index_version)
    SELECT ${tenantId}, 'path' || n, '', 't', 'v' ${many} WHERE n % 2 = 0`);
  await run(sql`INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
    SELECT ${tenantId}, 'chunk' || n, 'path' || n, 0, 'Returns', 'h', 'word' || n || ' lamp', 3 ${many} WHERE n % 2 = 0`);
  await run(sql`INSERT INTO budgets (tenant_id, day) SELECT ${tenantId}, current_date - n ${long}`);
  await run(
    sql`INSERT INTO budget_slots (tenant_id, day, scope, slot) SELECT ${tenantId}, current_date - n / 16, '', n % 16 ${long}`,
  );
  await run(sql`INSERT INTO model_responses (turn_id, tier, tenant_id, body, input_tokens, cached_tokens, output_tokens, cost_usd)
    SELECT ${id}, 'full_context', ${tenantId}, '', 1, 0, 1, 0 ${many}`);
  await run(
    sql`INSERT INTO budget_shares (tenant_id, day, scope) SELECT ${tenantId}, current_date - n / 2, 'network:' || n % 2 ${long}`,
  );
}
