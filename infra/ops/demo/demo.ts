import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { outcomesOf, partsByTurn, sourcesByTurn } from "../../../db/outcomes.ts";
import { connectPostgres } from "../../../db/postgres.ts";
import { demoDataDir, demoEnvFile } from "../../dev/data-dir.ts";
import { consoleProgress, type Progress } from "../../dev/progress.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { type Config, loadConfig } from "../../runtime/config.ts";
import { ingest } from "../ingest.ts";
import { migrateAll } from "../migrate.ts";
import { checkOutcomes, type CheckedRun } from "./check-outcomes.ts";
import { type DemoMessage, readMessages } from "./read-messages.ts";
import { createReceivers, type Received, type Receivers } from "./receivers.ts";
import { type DemoReport, summarise, table, verdict } from "./report.ts";
import { type Offered, sendMessage } from "./send-message.ts";

export interface DemoOptions {
  once: boolean;
  json: boolean;
  fresh: boolean;
  messages?: string;
  limit?: number;
}

const SAMPLE = fileURLToPath(new URL("../../dev/sample/", import.meta.url));
const PARLEY = fileURLToPath(new URL("../parley.ts", import.meta.url));
/** Senders at once: what a busy vendor opens. */
const SENDERS = 8;
/** The slowest ladder ends below 60 s; a message that has none by then is reported. */
const PATIENCE_MS = 90_000;

/** The whole path on real servers: start them, send messages as vendors do, check at the receiving ends, stay up. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const progress = consoleProgress();
  const dataDir = demoDataDir();
  const messages = readMessages(options.messages ?? join(SAMPLE, "messages.jsonl"), options.limit ?? null);
  progress.step("Starting Temporal, PostgreSQL, Redis and the vendors' stand-ins");
  const stack = await startStack({ dataDir, progress, ports: "fixed", fresh: options.fresh });
  const ended = endOnSignal(stack);
  try {
    const config = await startParley(stack, { dataDir, progress });
    const report = await exchange(stack, { config, messages, progress, json: options.json });
    if (!options.once) {
      if (!options.json) printAddresses(stack, config);
      await ended;
    }
    await stack.stop();
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    await stack.stop();
    throw error;
  } finally {
    rmSync(demoEnvFile(dataDir), { force: true });
  }
  process.exit();
}

async function startParley(
  stack: Stack,
  { dataDir, progress }: { dataDir: string; progress: Progress },
): Promise<Config> {
  const env = { PARLEY_BUSINESS_NAME: "Harbour Cycle Works", LOG_LEVEL: "warn", ...stack.env };
  const config = loadConfig(env);
  writeFileSync(demoEnvFile(dataDir), envFile(env), { mode: 0o600 });
  progress.step("Migrating and loading the sample knowledge base");
  await migrateAll(config, () => undefined);
  await ingest(config, {
    folder: join(SAMPLE, "knowledge"),
    onDocument: (path) => progress.tick(`  reading ${path}`),
  });
  progress.done();
  progress.step("Starting ingress and workers");
  const readyz = `${config.PUBLIC_BASE_URL}/readyz`;
  await stack.start({
    name: "parley",
    command: process.execPath,
    args: [PARLEY, "api", "--with-worker"],
    env,
    isReady: async () => (await fetch(readyz)).ok,
  });
  return config;
}

interface Exchange {
  config: Config;
  messages: DemoMessage[];
  progress: Progress;
  json: boolean;
}

async function exchange(stack: Stack, { config, messages, progress, json }: Exchange): Promise<DemoReport> {
  const receivers = createReceivers(stack.urls);
  // What an earlier run left at the receiving ends is not ours.
  await receivers.news();
  progress.step(`Sending ${messages.length} messages to ${config.PUBLIC_BASE_URL}/webhooks/…`);
  const offered: Offered[] = [];
  const sending = sendAll(config, messages, offered);
  const run = await waitForAnswers(config, { sending, offered, receivers, progress, total: messages.length });
  const report = summarise(run);
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`\n${table(run.messages)}\n${verdict(report)}`);
  return report;
}

/** Messages of one person keep their order; different people write at the same time. */
async function sendAll(config: Config, messages: readonly DemoMessage[], offered: Offered[]): Promise<void> {
  const lanes = Map.groupBy([...messages.entries()], ([, { from }]) => from);
  const queue = [...lanes.values()];
  const slots: Offered[] = [];
  const sender = async () => {
    for (let lane = queue.shift(); lane !== undefined; lane = queue.shift()) {
      for (const [position, message] of lane) {
        const sent = await sendMessage(config, message);
        slots[position] = sent;
        offered.push(sent);
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  offered.splice(0, offered.length, ...slots);
}

interface Waiting {
  sending: Promise<void>;
  offered: Offered[];
  receivers: Receivers;
  progress: Progress;
  total: number;
}

async function waitForAnswers(
  config: Config,
  { sending, offered, receivers, progress, total }: Waiting,
): Promise<CheckedRun> {
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "parley-demo",
    onError: () => undefined,
  });
  const received: Received[] = [];
  let allSent = false;
  let deadline = Infinity;
  const sent = sending.then(() => {
    allSent = true;
    deadline = Date.now() + PATIENCE_MS;
  });
  try {
    for (;;) {
      const news = await receivers.news();
      if (received.length === 0 && news[0] !== undefined) progress.note(`First answer: “${news[0].text}”`);
      // A run that makes progress is not late.
      if (news.length > 0 && allSent) deadline = Date.now() + PATIENCE_MS;
      received.push(...news);
      const rows = await outcomesOf(
        db,
        offered.map(({ providerMessageId }) => providerMessageId),
      );
      const open = rows.filter(({ state }) => state === "pending" || state === "in_turn").length;
      progress.tick(bar({ done: rows.length - open, total, received: received.length }));
      if ((allSent && open === 0) || Date.now() > deadline) break;
      await new Promise((again) => setTimeout(again, 200));
    }
    await sent;
    received.push(...(await receivers.news()));
    progress.done();
    const rows = await outcomesOf(
      db,
      offered.map(({ providerMessageId }) => providerMessageId),
    );
    const turnIds = [...new Set(rows.flatMap(({ turnId }) => turnId ?? []))];
    const [parts, sources] = [await partsByTurn(db, turnIds), await sourcesByTurn(db, turnIds)];
    return checkOutcomes({ offered, rows, received, parts, sources });
  } finally {
    await db.$client.end();
  }
}

function bar({ done, total, received }: { done: number; total: number; received: number }): string {
  const filled = Math.round((done / Math.max(1, total)) * 30);
  return `  [${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${total} done, ${received} answers at the receiving ends`;
}

function printAddresses(stack: Stack, config: Config): void {
  const lines = [
    ["Temporal UI", stack.urls.temporalUi ?? "(yours)"],
    ["API", `${config.PUBLIC_BASE_URL}/openapi.json`],
    ["Webhook sink", stack.urls.sink],
    ["Ask yourself", 'npx parley send "Do you rent e-bikes?"'],
  ];
  process.stdout.write(
    `\n${lines.map(([name = "", value]) => `${pc.bold(name.padEnd(13))} ${value}`).join("\n")}\n\nEverything stays up until Ctrl-C.\n`,
  );
}

/** The first Ctrl-C ends everything in order, also in the middle of the start. */
function endOnSignal(stack: Stack): Promise<void> {
  return new Promise((resolve_) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        process.stderr.write("\nEnding everything\n");
        void stack.stop().then(() => {
          resolve_();
          process.exit(signal === "SIGINT" ? 0 : 143);
        });
      });
    }
  });
}

function envFile(env: Readonly<Record<string, string>>): string {
  const ours =
    /^(TEMPORAL_|DATABASE_|REDIS_|OPENAI_|PINECONE_|PARLEY_|TWILIO_|WEBHOOK_|EGRESS_|PORT|HOST|PUBLIC_)/;
  const lines = Object.entries(env).filter(([name]) => ours.test(name) && !name.startsWith("PARLEY_DEV_"));
  return lines.map(([name, value]) => `${name}=${JSON.stringify(value)}\n`).join("");
}
