import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { createReceivers } from "../../../../infra/cli/demo/receivers.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import type { BenchInstallation } from "../installation/bench-installation.ts";
import { watchWrites } from "../cost/measure-writes.ts";
import { watchCompletions } from "../installation/count-completions.ts";
import { watchServices } from "../machine/service-clock.ts";
import { quantile } from "../load/latencies.ts";
import { openLoop } from "../load/open-loop.ts";
import { createWebhookRequest, REPEATABLE_QUESTIONS } from "../load/webhook-request.ts";

export type CpuCost = Readonly<
  Record<"api" | "worker" | "temporal" | "postgres" | "all" | "reply_p50_ms", number>
>;

export interface PageCost {
  /** Pages of 8 kB that PostgreSQL read for one message. The number does not depend on the load of the machine. */
  pages: number;
  /** Write-ahead log of Parley's database right after a checkpoint. */
  wal_kb: number;
}

/** One installation on a sandbox, with the names of its processes. */
export interface Measured {
  sandbox: Sandbox;
  installation: BenchInstallation;
  processes: Readonly<Record<"api" | "worker", string>>;
}

const RATE_PER_S = 15;
/** The work after the last reply is part of the cost too. */
const SETTLE_MS = 500;
const ANSWERED_WITHIN_MS = 120_000;
/** Sends one message of each contact and measures the CPU until the last reply. It runs in rounds, so it waits for nothing else. */
export async function measureCpu(measured: Measured, contacts: readonly string[]): Promise<CpuCost> {
  const { api, worker } = measured.processes;
  const readUsed = watchServices(measured.sandbox, [api, worker, "temporal", "postgres"]);
  const ids = await answerAll(measured, contacts);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const each = readUsed().map((ms) => ms / contacts.length);
  const [ofApi = 0, ofWorker = 0, temporal = 0, postgres = 0] = each;
  const cpu = { api: ofApi, worker: ofWorker, temporal, postgres };
  const all = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  return { ...cpu, all, reply_p50_ms: await answerP50(measured.installation.db, ids) };
}

/** Counts what PostgreSQL touches and writes for a message right after a checkpoint, when a page that is written first is logged whole. */
export async function measurePages(measured: Measured, contacts: readonly string[]): Promise<PageCost> {
  const { db, config } = measured.installation;
  await db.execute(sql`CHECKPOINT`);
  const readWrites = await watchWrites(config.DATABASE_URL);
  const before = await pagesTouched(db);
  await answerAll(measured, contacts);
  const writes = await readWrites(contacts.length);
  const database = new URL(config.DATABASE_URL).pathname.slice(1);
  return {
    pages: ((await pagesTouched(db)) - before) / contacts.length,
    wal_kb: writes[database]?.wal_kb ?? 0,
  };
}

async function answerAll(
  { sandbox, installation }: Measured,
  contacts: readonly string[],
): Promise<string[]> {
  const { config } = installation;
  const messages = contacts.map((from) => createWebhookRequest(config, { from, text: nextQuestion() }));
  const ids = messages.map(({ id }) => id);
  const requireCompletions = await watchCompletions(sandbox);
  await openLoop(
    config.PUBLIC_BASE_URL,
    messages.map(({ load }) => load),
    RATE_PER_S,
  );
  await awaitArrivals(sandbox, new Set(ids));
  await requireCompletions(ids.length);
  return ids;
}

let asked = 0;
function nextQuestion(): string {
  return REPEATABLE_QUESTIONS[asked++ % REPEATABLE_QUESTIONS.length] ?? "";
}

/** Asks the receiver, because a query would add to the counters of the database. */
async function awaitArrivals({ urls }: Sandbox, ids: ReadonlySet<string>): Promise<void> {
  const receivers = createReceivers(urls);
  const answered = new Set<string>();
  const isComplete = async () => {
    for (const { inReplyTo } of await receivers.pollNew())
      for (const id of inReplyTo) if (ids.has(id)) answered.add(id);
    return answered.size === ids.size;
  };
  await eventually("answers", isComplete, ANSWERED_WITHIN_MS);
}

async function pagesTouched(db: Database): Promise<number> {
  const { rows } = await db.execute<{ pages: number }>(sql`
    SELECT (blks_hit + blks_read)::float8 AS pages FROM pg_stat_database WHERE datname = current_database()`);
  return rows[0]?.pages ?? 0;
}

/** Uses the whole key, because a table of millions of rows must not be scanned. */
async function answerP50(db: Database, ids: readonly string[]): Promise<number> {
  const { rows } = await db.execute<{ ms: number }>(sql`
    SELECT extract(epoch FROM max(d.accepted_at) - i.received_at)::float8 * 1000 AS ms
    FROM inbox i JOIN deliveries d ON d.turn_id = i.turn_id
    WHERE i.channel = 'webhook' AND i.account_id = 'main' AND i.provider_message_id IN ${[...ids]}
    GROUP BY i.provider_message_id, i.received_at`);
  const sorted = rows.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return quantile(sorted, 0.5);
}
