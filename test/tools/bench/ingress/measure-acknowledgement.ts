import pg from "pg";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { type BenchInstallation, openBenchInstallation } from "../installation/bench-installation.ts";
import { awaitIdle } from "../installation/reply-times.ts";
import { latencies, type Latencies } from "../load/latencies.ts";
import { type LoadResponse, openLoop } from "../load/open-loop.ts";
import { createWebhookRequest, listContacts, REPEATABLE_QUESTION } from "../load/webhook-request.ts";
import { prioritiseIngress } from "../machine/cpu-precedence.ts";
import { watchCpu } from "../machine/cpu-shares.ts";

/** The rate of the bar for new contacts. */
const NEW_CONTACTS_PER_S = 16;
const WARM_UP = 60;
/** Messages at once, whose time to the last reply gives the full load. */
const FULL_LOAD = 120;
const AT_ONCE_PER_S = 1_000;
/** About what a message's row holds. */
const ROW_BYTES = 300;

export interface Acknowledgement {
  load: string;
  rate_per_s: number;
  acknowledged: Latencies;
  /** One INSERT with its commit, at the same rate and in the same seconds. */
  insert_and_commit: Latencies;
  p99_ratio: number;
  /** Cores that other processes used. */
  disturbed_by_cores: number;
}

/** Measures how long a vendor waits while the worker answers, at half of the full load and with a new contact each time. */
export async function measureAcknowledgements(
  sandbox: Sandbox,
  { seconds, reportProgress }: { seconds: number; reportProgress(text: string): void },
): Promise<Acknowledgement[]> {
  const installation = await openBenchInstallation(sandbox, {
    name: "acknowledged",
    processes: ["api", "worker"],
    settings: { PARLEY_DAILY_BUDGET_USD: "100000" },
  });
  const yardstick = await openYardstick(installation.config.DATABASE_URL);
  try {
    reportProgress("  acknowledgements: warm-up and full load");
    await send(installation, listContacts("known", WARM_UP), AT_ONCE_PER_S);
    const begin = performance.now();
    const known = listContacts("full", FULL_LOAD);
    // Messages that the ingress refused at once are no load.
    const { accepted } = latencies(await send(installation, known, AT_ONCE_PER_S));
    const halfPerS = Math.max(1, Math.round((accepted * 500) / (performance.now() - begin)));
    await prioritiseIngress(sandbox);
    const measure = async (
      load: string,
      perS: number,
      chooseContacts: (count: number) => string[],
    ): Promise<Acknowledgement> => {
      reportProgress(`  acknowledgements: ${load}`);
      const cpuSoFar = watchCpu(sandbox);
      const count = seconds * perS;
      const [answers, inserts] = await Promise.all([
        send(installation, chooseContacts(count), perS),
        yardstick.run(count, perS),
      ]);
      const [acknowledged, inserted] = [latencies(answers), latencies(inserts)];
      return {
        load,
        rate_per_s: perS,
        acknowledged,
        insert_and_commit: inserted,
        p99_ratio: Number((acknowledged.p99_ms / inserted.p99_ms).toFixed(2)),
        disturbed_by_cores: cpuSoFar()["others"] ?? 0,
      };
    };
    return [
      await measure("half of the full load, known contacts", halfPerS, (count) => repeat(known, count)),
      await measure("a new contact each time", NEW_CONTACTS_PER_S, (count) => listContacts("new", count)),
    ];
  } finally {
    await yardstick.close();
    await installation.close();
  }
}

async function send(
  { config, db }: BenchInstallation,
  contacts: readonly string[],
  perS: number,
): Promise<LoadResponse[]> {
  const requests = contacts.map(
    (from) => createWebhookRequest(config, { from, text: REPEATABLE_QUESTION }).load,
  );
  const { answers } = await openLoop(config.PUBLIC_BASE_URL, requests, perS);
  await awaitIdle(db);
  return answers;
}

function repeat(contacts: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, n) => contacts[n % contacts.length] ?? "");
}

/** The least that a durable acknowledgement can cost: one row and its commit. */
async function openYardstick(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, application_name: "parley-bench" });
  await pool.query("CREATE TABLE IF NOT EXISTS bench_rows (id bigserial PRIMARY KEY, body text NOT NULL)");
  const insert = {
    name: "insert",
    text: "INSERT INTO bench_rows (body) VALUES ($1)",
    values: ["x".repeat(ROW_BYTES)],
  };
  await Promise.all(Array.from({ length: 4 }, async () => await pool.query(insert)));
  return {
    /** Each insert is due in the middle between two messages. */
    async run(count: number, perS: number): Promise<LoadResponse[]> {
      const begin = performance.now() + 500 / perS;
      return await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const due = begin + (i * 1000) / perS;
          await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
          const from = Math.min(due, performance.now());
          await pool.query(insert);
          return { latencyMs: performance.now() - from, status: 200 };
        }),
      );
    },
    close: async () => await pool.end(),
  };
}
