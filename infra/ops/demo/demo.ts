import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { demoDataDir, demoEnvFile } from "../../dev/data-dir.ts";
import { requireFreePort } from "../../dev/ports.ts";
import { consoleProgress, type Progress } from "../../dev/progress.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { CONFIG_SCHEMA } from "../../runtime/config-schema.ts";
import { type Config, loadConfig } from "../../runtime/config.ts";
import { ingest } from "../ingest.ts";
import { migrateAll } from "../migrate.ts";
import { withDatabase } from "../with-database.ts";
import { exchange } from "./exchange.ts";
import { printAddresses } from "./print-addresses.ts";
import { channelTable, table, verdict } from "./print-run.ts";
import { readMessages } from "./read-messages.ts";
import { createReceivers } from "./receivers.ts";
import { type DemoReport, summarise } from "./report.ts";
import { playScenes } from "./scenes/play-scenes.ts";
import { stoodIn } from "./stood-in.ts";
import type { DemoMessage } from "./vendors/vendor.ts";
import { createWebPages } from "./web-pages.ts";

export interface DemoOptions {
  once: boolean;
  json: boolean;
  fresh: boolean;
  messages?: string;
  limit?: number;
}

const SAMPLE = fileURLToPath(new URL("../../dev/sample/", import.meta.url));
const PARLEY = fileURLToPath(new URL("../parley.ts", import.meta.url));

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
    const report = await perform(stack, { config, messages, progress, options });
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
  const env = demoEnvironment(stack);
  const config = loadConfig(env);
  // Another server there would answer in our place.
  await requireFreePort(config.PORT, { part: "Parley", setting: "PORT" });
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

function demoEnvironment(stack: Stack): Record<string, string> {
  return { PARLEY_BUSINESS_NAME: "Harbour Cycle Works", LOG_LEVEL: "warn", ...stack.env };
}

interface Performance {
  config: Config;
  messages: DemoMessage[];
  progress: Progress;
  options: DemoOptions;
}

/** The messages with their check and, after our own, three scenes; told as it was asked for. */
async function perform(
  stack: Stack,
  { config, progress, options, ...given }: Performance,
): Promise<DemoReport> {
  const messages = stoodIn(given.messages, config, stack.urls);
  if (messages.length < given.messages.length)
    progress.note(
      `Left out ${given.messages.length - messages.length} messages: their vendor's key is yours.`,
    );
  const pages = createWebPages(config);
  const receivers = createReceivers(stack.urls, pages);
  try {
    const visitors = messages.filter(({ channel }) => channel === "web").map(({ from }) => from);
    if (visitors.length > 0) progress.step("Opening the chat page for the visitors among them");
    await pages.open(visitors);
    // What an earlier run left at the receiving ends is not ours.
    await receivers.news();
    const channels = new Set(messages.map(({ channel }) => channel));
    progress.step(`Sending ${messages.length} messages over ${channels.size} channels, as their vendors do`);
    return await withDatabase(config, async (db) => {
      const run = await exchange({ config, db, messages, receivers, progress });
      if (!options.json) process.stdout.write(`\n${table(run.messages)}\n`);
      const isWhole = options.messages === undefined && messages.length === given.messages.length;
      const scenes = isWhole ? await playScenes({ config, db, urls: stack.urls }) : [];
      const report = summarise(run, scenes);
      process.stdout.write(
        options.json ? `${JSON.stringify(report)}\n` : `${channelTable(report)}\n${verdict(report, scenes)}`,
      );
      return report;
    });
  } finally {
    pages.close();
  }
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

/** The settings that an installation has, and nothing else of the environment. */
function envFile(env: Readonly<Record<string, string>>): string {
  const names = Object.keys(CONFIG_SCHEMA.shape).flatMap((name) => [name, `${name}_FILE`]);
  const lines = names.filter((name) => env[name]).map((name) => `${name}=${JSON.stringify(env[name])}\n`);
  return lines.join("");
}
