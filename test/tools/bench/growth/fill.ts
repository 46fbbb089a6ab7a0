import { sql } from "drizzle-orm";
import { connectPostgres, type Database } from "../../../../db/connection/postgres.ts";

/** Past turns of two messages each, so that tables look as after months of use. */
export interface Filling {
  /** Conversations that exist, or an SQL expression's worth of made-up ones: how many, and how many turns each. */
  conversations: readonly string[];
  turnsEach: number;
  /** The number of months up to now over which the turns are spread. */
  months: number;
}

/** Messages per statement, so that progress can be reported. */
const CHUNK = 200_000;
/** Average sizes in the demo, encrypted: a short question, a short reply, and the result of the retrieval. */
const BYTES = { text: 180, context: 700 };

const CHUNKS_PER_DOCUMENT = 50;
/** An hour: the time limit of the product is for its own statements. */
const FILLED_WITHIN_MS = 3_600_000;

/** A connection for filling. */
export async function withFiller(databaseUrl: string, work: (db: Database) => Promise<void>): Promise<void> {
  const db = connectPostgres({
    url: databaseUrl,
    maxConnections: 1,
    applicationName: "parley-bench",
    statementTimeoutMs: FILLED_WITHIN_MS,
    onError: () => undefined,
  });
  try {
    await work(db);
  } finally {
    await db.$client.end();
  }
}

/** Creates the partitions of past months; the product creates only future ones. */
export async function makePastPartitions(db: Database, months: number): Promise<void> {
  await db.execute(
    sql.raw(`DO $$ DECLARE month timestamptz; BEGIN
      FOR step IN 0..${months} LOOP
        month := date_trunc('month', now(), 'UTC') - make_interval(months => step);
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF messages FOR VALUES FROM (%L) TO (%L)',
          'messages_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'), month,
          date_trunc('month', month + interval '32 days', 'UTC'));
      END LOOP; END $$`),
  );
}

/** Adds chunks to the tenant's documents until they are so many more. Every hundredth has a word of the questions, as in real documents. */
export async function fillChunks(db: Database, chunks: number): Promise<void> {
  await db.execute(
    sql.raw(`INSERT INTO documents (tenant_id, path, title, sha256, index_version)
      SELECT 'main', 'filled/' || n, 'Filled ' || n, 'filled', (SELECT min(index_version) FROM documents) FROM generate_series(0, ${Math.ceil(chunks / CHUNKS_PER_DOCUMENT) - 1}) n`),
  );
  await db.execute(
    sql.raw(`INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
      SELECT 'main', 'filled-' || n, 'filled/' || n / ${CHUNKS_PER_DOCUMENT}, n % ${CHUNKS_PER_DOCUMENT}, 'Filled', 'Part ' || n,
        (SELECT string_agg('word' || (n * 31 + w * w * 7) % 5000, ' ') FROM generate_series(1, 120) w)
          || CASE WHEN n % 100 = 0 THEN ' repair bike rent open' ELSE '' END, 150
      FROM generate_series(0, ${chunks - 1}) n`),
  );
  await db.execute(sql`ANALYZE`);
}

/** Fills existing conversations with old answered turns, numbered from 1. The next message follows them. */
export async function fillConversations(db: Database, filling: Filling): Promise<void> {
  const { conversations, turnsEach, months } = filling;
  const contacts = `SELECT unnest('{${conversations.join(",")}}'::uuid[]) AS conversation_id`;
  await insertTurns(db, { contacts, turnsEach, months });
  await db.execute(
    sql.raw(`UPDATE conversations SET next_seq = ${2 * turnsEach + 1}
      WHERE id = ANY('{${conversations.join(",")}}'::uuid[])`),
  );
}

/** Adds messages of contacts without other rows until the table has `messages` rows, about 20 per contact. */
export async function fillOtherConversations(
  db: Database,
  options: { from: number; messages: number; months: number; reportProgress(rows: number): void },
): Promise<void> {
  const turnsEach = 10;
  const step = CHUNK / (2 * turnsEach);
  const last = Math.ceil(options.messages / (2 * turnsEach));
  for (let first = Math.ceil(options.from / (2 * turnsEach)); first < last; first += step) {
    const contacts = `SELECT md5('stranger ' || n)::uuid AS conversation_id
      FROM generate_series(${first + 1}, ${Math.min(first + step, last)}) n`;
    await db.execute(
      sql.raw(`INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id, next_seq)
        SELECT conversation_id, 'main', 'webhook', 'main', conversation_id, ${2 * turnsEach + 1} FROM (${contacts}) p`),
    );
    await insertTurns(db, { contacts, turnsEach, months: options.months });
    options.reportProgress((first + step) * 2 * turnsEach);
  }
  await db.execute(sql`ANALYZE`);
}

/** Ids are hashes of conversation and number, so that each statement can compute the ids of the others. */
async function insertTurns(
  db: Database,
  { contacts, turnsEach, months }: { contacts: string; turnsEach: number; months: number },
): Promise<void> {
  const rows = `(SELECT p.conversation_id, g, md5(p.conversation_id::text || g)::uuid AS turn_id,
      now() - interval '${months} months' * (1 - (g - 0.5) / ${turnsEach}) - interval '1 hour' AS at
    FROM (${contacts}) p, generate_series(1, ${turnsEach}) g) r`;
  const text = `decode(repeat('5a', ${BYTES.text}), 'hex')`;
  const later = "r.at + interval '2 seconds'";
  const workflow = "'msg:webhook/main:' || r.turn_id";
  for (const statement of [
    `INSERT INTO messages (tenant_id, conversation_id, seq, direction, turn_id, body, created_at)
      SELECT 'main', r.conversation_id, 2 * r.g - side, (ARRAY['outbound', 'inbound'])[side + 1],
        CASE side WHEN 0 THEN r.turn_id END, ${text}, CASE side WHEN 0 THEN ${later} ELSE r.at END
      FROM ${rows}, generate_series(0, 1) side`,
    `INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, turn_id,
        received_at, wake_at)
      SELECT 'webhook', 'main', r.turn_id::text, 'main', r.conversation_id, 2 * r.g - 1, ${workflow}, 'answered', r.turn_id,
        r.at, r.at FROM ${rows}`,
    `INSERT INTO turns (id, tenant_id, conversation_id, workflow_id, state, context, tier, model, opened_at, closed_at,
        outcome)
      SELECT r.turn_id, 'main', r.conversation_id, ${workflow}, 'closed', decode(repeat('5b', ${BYTES.context}), 'hex'),
        'full_context', 'gpt-4o', r.at, ${later}, 'answered' FROM ${rows}`,
    `INSERT INTO deliveries (id, tenant_id, conversation_id, turn_id, part, body, state, attempt, provider_id, first_attempt_at,
        accepted_at, updated_at)
      SELECT md5(r.turn_id::text)::uuid, 'main', r.conversation_id, r.turn_id, 0, ${text}, 'accepted', 1, r.turn_id::text,
        ${later}, ${later}, ${later} FROM ${rows}`,
  ])
    await db.transaction(async (tx) => {
      // Generated rows may be lost.
      await tx.execute(sql`SET LOCAL synchronous_commit = off`);
      await tx.execute(sql.raw(statement));
    });
}
