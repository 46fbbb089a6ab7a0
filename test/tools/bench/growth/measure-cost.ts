import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { createReceivers } from "../../../../infra/cli/demo/receivers.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import type { BenchInstallation } from "../installation/bench-installation.ts";
import { cpuMs } from "../machine/cpu-clock.ts";
import { quantile } from "../load/latencies.ts";
import { openLoop } from "../load/open-loop.ts";
import { createWebhookRequest } from "../load/webhook-request.ts";

export interface Cost {
  /** CPU-ms of each process for one message from end to end. */
  cpu_ms: Readonly<Record<"api" | "worker" | "temporal" | "postgres" | "all", number>>;
  /** Pages of 8 kB that PostgreSQL read for one message. The number does not depend on the load of the machine. */
  pages: number;
  reply_p50_ms: number;
}

/** One installation on a sandbox, with the names of its processes. */
export interface Measured {
  sandbox: Sandbox;
  installation: BenchInstallation;
  processes: Readonly<Record<"api" | "worker", string>>;
}

/** Too short for the loop breaker, which compares repeated texts. */
const QUESTION = "Do you repair e-bikes?";
const RATE_PER_S = 5;
const ANSWERED_WITHIN_MS = 120_000;
/** An idle connection reports its counters to the statistics of PostgreSQL after 10 s. */
const COUNTED_MS = 10_500;

/** Measures the cost of one message of each contact, from arrival to the last reply. */
export async function measureCost(measured: Measured, contacts: readonly string[]): Promise<Cost> {
  const { installation } = measured;
  const { db, config } = installation;
  const messages = contacts.map((from) => createWebhookRequest(config, { from, text: QUESTION }));
  const before = { pages: await pagesTouched(db), ...cpuUsed(measured) };
  await openLoop(
    config.PUBLIC_BASE_URL,
    messages.map(({ load }) => load),
    RATE_PER_S,
  );
  await arrivals(measured.sandbox, new Set(messages.map(({ id }) => id)));
  const after = { ...cpuUsed(measured), pages: await pagesTouched(db) };
  const differencePerContact = (name: keyof typeof before) => (after[name] - before[name]) / contacts.length;
  const cpu = {
    api: differencePerContact("api"),
    worker: differencePerContact("worker"),
    temporal: differencePerContact("temporal"),
    postgres: differencePerContact("postgres"),
  };
  const all = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  return {
    cpu_ms: { ...cpu, all },
    pages: differencePerContact("pages"),
    reply_p50_ms: await answerP50(
      db,
      messages.map(({ id }) => id),
    ),
  };
}

/** Asks the receiver, because a query would add to the counters of the database. */
async function arrivals({ urls }: Sandbox, ids: ReadonlySet<string>): Promise<void> {
  const receivers = createReceivers(urls);
  const answered = new Set<string>();
  const isComplete = async () => {
    for (const { inReplyTo } of await receivers.pollNew())
      for (const id of inReplyTo) if (ids.has(id)) answered.add(id);
    return answered.size === ids.size;
  };
  await eventually("answers", isComplete, ANSWERED_WITHIN_MS);
}

function cpuUsed({ sandbox, processes }: Measured) {
  const of = (name: string) => cpuMs(sandbox.pidOf(name) ?? 0);
  return {
    api: of(processes.api),
    worker: of(processes.worker),
    temporal: of("temporal"),
    postgres: of("postgres"),
  };
}

async function pagesTouched(db: Database): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, COUNTED_MS));
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
