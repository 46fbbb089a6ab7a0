import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { awaitFirstSignal } from "../first-signal.ts";
import { demoDataDir, demoEnvFile } from "../../sandbox/data-dir.ts";
import { readFixedPort } from "../../sandbox/ports.ts";
import { consoleProgress, type Progress } from "../../sandbox/progress.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { hasWebhook } from "../../channels/registry.ts";
import { CONFIG_SCHEMA } from "../../runtime/config/config-schema.ts";
import { type Config, loadConfig } from "../../runtime/config/config.ts";
import { ingestDocuments } from "../tasks/ingest-documents.ts";
import { migrateAll } from "../tasks/migrate.ts";
import { withDatabase } from "../tasks/with-database.ts";
import { exchange } from "./exchange.ts";
import { printAddresses } from "./print-addresses.ts";
import { formatChannelTable, formatTable, formatVerdict } from "./print-run.ts";
import { readMessages } from "./read-messages.ts";
import { createReceivers } from "./receivers.ts";
import { type DemoReport, summarise } from "./report.ts";
import { runScenarios } from "./scenarios/run-scenarios.ts";
import { selectFakedMessages } from "./select-faked-messages.ts";
import type { ContactMessage } from "../../sandbox/fakes/contacts/fake-contacts.ts";
import { createWebPages } from "./web-pages.ts";

export interface DemoOptions {
  once: boolean;
  json: boolean;
  fresh: boolean;
  messages?: string;
  limit?: number;
}

const SAMPLE = fileURLToPath(new URL("../../sandbox/sample/", import.meta.url));
const DEFAULT_PORT = CONFIG_SCHEMA.shape.PORT.parse(undefined);
const PARLEY = fileURLToPath(new URL("../parley.ts", import.meta.url));

/** Starts real servers, sends messages as vendors do, checks the replies at the receiving ends, and stays up. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const progress = consoleProgress();
  const dataDir = demoDataDir();
  const messages = readMessages(options.messages ?? join(SAMPLE, "messages.jsonl"), options.limit ?? null);
  progress.step("Starting Temporal, PostgreSQL, Redis and the fakes of the vendors");
  // Another server on the port of the ingress would respond in its place.
  const ingress = { port: readFixedPort("PORT", DEFAULT_PORT), service: "Parley", setting: "PORT" };
  const sandbox = await startSandbox({
    dataDir,
    progress,
    ports: "fixed",
    otherPorts: [ingress],
    fresh: options.fresh,
  });
  const ended = endOnSignal(sandbox, dataDir);
  try {
    const config = await startParley(sandbox, { dataDir, progress });
    const report = await sendAndCheck(sandbox, { config, messages, progress, options });
    if (!options.once) {
      if (!options.json) printAddresses(sandbox, config);
      await ended;
    }
    await sandbox.stop();
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    await sandbox.stop();
    throw error;
  } finally {
    rmSync(demoEnvFile(dataDir), { force: true });
  }
  process.exit();
}

async function startParley(
  sandbox: Sandbox,
  { dataDir, progress }: { dataDir: string; progress: Progress },
): Promise<Config> {
  const env = demoEnvironment(sandbox);
  const config = loadConfig(env);
  writeFileSync(demoEnvFile(dataDir), envFile(env), { mode: 0o600 });
  progress.step("Migrating and loading the sample knowledge base");
  await migrateAll(config, () => undefined);
  await ingestDocuments(config, {
    folder: join(SAMPLE, "knowledge"),
    onDocument: (path) => progress.tick(`  reading ${path}`),
  });
  progress.done();
  progress.step("Starting ingress and workers");
  const readyz = `${config.PUBLIC_BASE_URL}/readyz`;
  await sandbox.start({
    name: "parley",
    command: process.execPath,
    args: [PARLEY, "api", "--with-worker"],
    env,
    isReady: async () => (await fetch(readyz)).ok,
  });
  return config;
}

function demoEnvironment(sandbox: Sandbox): Record<string, string> {
  const own = { PARLEY_BUSINESS_NAME: "Harbour Cycle Works", LOG_LEVEL: "warn" };
  return { ...own, ...sandbox.env, PARLEY_CHECK_AT_START: "true" };
}

interface DemoRun {
  config: Config;
  messages: ContactMessage[];
  progress: Progress;
  options: DemoOptions;
}

/** Sends and checks the messages. After the sample messages it runs three scenarios too. */
async function sendAndCheck(
  sandbox: Sandbox,
  { config, progress, options, ...given }: DemoRun,
): Promise<DemoReport> {
  const messages = selectFakedMessages(given.messages, config, sandbox.urls);
  if (messages.length < given.messages.length)
    progress.note(
      `Left out ${given.messages.length - messages.length} messages, because their vendor is a real one (its key is set).`,
    );
  const pages = createWebPages(config);
  const receivers = createReceivers(sandbox.urls, pages);
  try {
    const visitors = messages.filter(({ channel }) => !hasWebhook(channel)).map(({ from }) => from);
    if (visitors.length > 0) progress.step("Opening the web chat for its visitors");
    await pages.open(visitors);
    // Drops the replies of an earlier run.
    await receivers.pollNew();
    const channels = new Set(messages.map(({ channel }) => channel));
    progress.step(`Sending ${messages.length} messages over ${channels.size} channels, as their vendors do`);
    return await withDatabase(config, async (db) => {
      const run = await exchange({ config, db, messages, receivers, progress });
      if (!options.json) process.stdout.write(`\n${formatTable(run.messages)}\n`);
      const isWhole = options.messages === undefined && messages.length === given.messages.length;
      const scenarios = isWhole ? await runScenarios({ config, db, urls: sandbox.urls }) : [];
      const report = summarise(run, scenarios);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(report)}\n`
          : `${formatChannelTable(report)}\n${formatVerdict(report, scenarios)}`,
      );
      return report;
    });
  } finally {
    pages.close();
  }
}

/** The first Ctrl-C stops all servers in order, also during the start, and ends the process. */
async function endOnSignal(sandbox: Sandbox, dataDir: string): Promise<void> {
  const signal = await awaitFirstSignal();
  process.stderr.write("\nStopping all servers\n");
  await sandbox.stop();
  rmSync(demoEnvFile(dataDir), { force: true });
  process.exit(signal === "SIGINT" ? 0 : 143);
}

/** Only the settings of an installation, not the whole environment. */
function envFile(env: Readonly<Record<string, string>>): string {
  const names = Object.keys(CONFIG_SCHEMA.shape).flatMap((name) => [name, `${name}_FILE`]);
  const lines = names.filter((name) => env[name]).map((name) => `${name}=${JSON.stringify(env[name])}\n`);
  return lines.join("");
}
