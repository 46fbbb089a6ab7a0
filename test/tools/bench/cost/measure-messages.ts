import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "@temporalio/client";
import { connectTemporal, temporalSettings } from "../../../../infra/runtime/temporal/temporal-client.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { type BenchInstallation, openBenchInstallation } from "../installation/bench-installation.ts";
import { awaitIdle } from "../installation/reply-times.ts";
import { openLoop } from "../load/open-loop.ts";
import { createWebhookRequest, listContacts, REPEATABLE_QUESTION } from "../load/webhook-request.ts";
import { openPostgresSettings } from "../server-settings/postgres-settings.ts";
import { type CallCount, watchCalls } from "./count-calls.ts";
import {
  answerMessage,
  type CountedInstallation,
  countMessages,
  type MessageCost,
} from "./count-messages.ts";
import { watchWrites, type Writes } from "./measure-writes.ts";
import { followFile, LOG_SETTINGS } from "./statement-log.ts";

const PRELOAD = fileURLToPath(new URL("./preload.ts", import.meta.url));
/** Answered messages of each known contact before the counted one. */
const HISTORY = 3;
const ALL_AT_ONCE_PER_S = 1_000;

export interface MeasuredMessages {
  new_contact: MessageCost;
  known_contact: MessageCost;
  calls_per_message: CallCount;
  writes_per_message: Record<string, Writes>;
}

interface Options {
  dataDir: string;
  /** Messages that are counted one by one, of each kind of contact. */
  counted: number;
  /** Messages of the measurement of the write-ahead log. */
  atOnce: number;
  reportProgress(text: string): void;
}

/** Counts with separate processes: messages one by one for the statements, then many at once for what they write. */
export async function measureMessages(sandbox: Sandbox, options: Options): Promise<MeasuredMessages> {
  const databaseUrl = sandbox.env["DATABASE_URL"] ?? "";
  const postgres = openPostgresSettings(databaseUrl);
  const restore = await postgres.set(LOG_SETTINGS);
  const installation = await openBenchInstallation(sandbox, {
    name: "cost",
    processes: ["api", "worker"],
    settings: { NODE_OPTIONS: `--import=${PRELOAD}` },
  });
  const keys = installation.config.PARLEY_ENCRYPTION_KEYS;
  const temporal = connectTemporal(temporalSettings(installation.config), keys);
  try {
    const counted = await countByStatement(sandbox, { ...options, installation, temporal });
    options.reportProgress(`  write-ahead log of ${options.atOnce} messages`);
    await restore();
    const readWrites = await watchWrites(databaseUrl);
    await sendAtOnce(installation, options.atOnce);
    return { ...counted, writes_per_message: await readWrites(options.atOnce) };
  } finally {
    await temporal.connection.close();
    await installation.close();
    await restore();
    await postgres.close();
  }
}

async function countByStatement(
  sandbox: Sandbox,
  {
    installation,
    temporal,
    dataDir,
    counted,
    reportProgress,
  }: Options & { installation: BenchInstallation; temporal: Client },
): Promise<Omit<MeasuredMessages, "writes_per_message">> {
  const counter: CountedInstallation = {
    db: installation.db,
    temporal,
    readLog: followFile(join(dataDir, "logs", "postgres.log")),
    sendMessage: async (from) => await sendMessage(installation, from),
  };
  reportProgress("  warm-up");
  for (const from of listContacts("warm", counted)) await answerMessage(counter, from);
  reportProgress("  messages of new contacts");
  const readCalls = await watchCalls(sandbox);
  const newContact = await countMessages(counter, listContacts("new", counted));
  const calls = await readCalls(counted);
  reportProgress(`  messages of known contacts, after ${HISTORY} turns each`);
  const known = listContacts("known", counted);
  for (let turn = 0; turn < HISTORY; turn++) for (const from of known) await answerMessage(counter, from);
  return {
    new_contact: newContact,
    known_contact: await countMessages(counter, known),
    calls_per_message: calls,
  };
}

async function sendMessage({ config }: BenchInstallation, from: string): Promise<string> {
  const { id, load } = createWebhookRequest(config, { from, text: REPEATABLE_QUESTION });
  const { answers } = await openLoop(config.PUBLIC_BASE_URL, [load], ALL_AT_ONCE_PER_S);
  const status = answers[0]?.status;
  if (status !== 202) throw new Error(`The ingress responded with ${status}.`);
  return id;
}

async function sendAtOnce({ config, db }: BenchInstallation, count: number): Promise<void> {
  const requests = listContacts("many", count).map(
    (from) => createWebhookRequest(config, { from, text: REPEATABLE_QUESTION }).load,
  );
  await openLoop(config.PUBLIC_BASE_URL, requests, ALL_AT_ONCE_PER_S);
  await awaitIdle(db);
}
