import {
  findMessageOutcomes,
  countPartsByTurn,
  findSourcesByTurn,
} from "../../../db/inbound/message-outcomes.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Progress } from "../../sandbox/progress.ts";
import { mapConcurrently } from "../../runtime/map-concurrently.ts";
import type { Config } from "../../runtime/config/config.ts";
import { checkOutcomes, type CheckedRun, NOT_ARRIVED } from "./check-outcomes.ts";
import { clip } from "./print-run.ts";
import type { Received, Receivers } from "./receivers.ts";
import { type Offered, sendMessage } from "./send-message.ts";
import type { ContactMessage } from "../../sandbox/fakes/contacts/fake-contacts.ts";

/** Connections that a busy vendor opens at the same time. */
const CONCURRENCY = 8;
/** The slowest fallback chain ends within 60 s. A message without an outcome by then is reported. */
const TIMEOUT_MS = 90_000;
/**
 * Time for the last replies to reach the receiving ends after their turns have ended. A page of web chat that missed its notification
 * reads the reply at the next heartbeat of its stream, after up to 15 s.
 */
const ARRIVAL_MS = 30_000;
const POLL_MS = 200;

export interface Exchange {
  config: Config;
  db: Database;
  messages: readonly ContactMessage[];
  receivers: Receivers;
  progress: Progress;
}

interface Log {
  offered: Offered[];
  received: Received[];
  allSent: boolean;
}

/** Sends all messages as their vendors do, waits for the end of their turns, and then checks the receiving ends. */
export async function exchange(given: Exchange): Promise<CheckedRun> {
  const log: Log = { offered: [], received: [], allSent: false };
  const sending = sendAll(given, log).finally(() => (log.allSent = true));
  // An error while sending ends the wait and the run.
  await Promise.all([sending, waitForOutcomes(given, log)]);
  const { db, receivers } = given;
  for (const deadline = Date.now() + ARRIVAL_MS; ;) {
    log.received.push(...(await receivers.pollNew()));
    const run = await check(db, log);
    const isWhole = run.messages.every(({ reason }) => reason !== NOT_ARRIVED);
    if (isWhole || Date.now() > deadline) return run;
    await pause();
  }
}

/** Messages of one contact keep their order; different contacts write in parallel. */
async function sendAll({ config, messages }: Exchange, log: Log): Promise<void> {
  const partitions = Map.groupBy([...messages.entries()], ([, { channel, from }]) => `${channel}\n${from}`);
  const slots: Offered[] = [];
  await mapConcurrently(partitions.values(), CONCURRENCY, async (partition) => {
    for (const [position, message] of partition) {
      const sent = await sendMessage(config, message);
      slots[position] = sent;
      log.offered.push(sent);
    }
  });
  log.offered = slots;
}

async function waitForOutcomes(
  { db, receivers, progress, messages: { length: total } }: Exchange,
  log: Log,
): Promise<void> {
  let deadline = Infinity;
  for (;;) {
    const { allSent } = log;
    const news = await receivers.pollNew();
    if (log.received.length === 0 && news[0] !== undefined)
      progress.note(`First reply: “${clip(news[0].text, 80)}”`);
    // Every reply that arrives extends the time limit.
    if (allSent && (news.length > 0 || deadline === Infinity)) deadline = Date.now() + TIMEOUT_MS;
    log.received.push(...news);
    const rows = await findMessageOutcomes(db, idsOf(log));
    const open = rows.filter(({ state }) => state === "pending" || state === "in_turn").length;
    progress.tick(formatBar({ done: rows.length - open, total, received: log.received.length }));
    if ((allSent && open === 0) || Date.now() > deadline) return progress.done();
    await pause();
  }
}

async function check(db: Database, { offered, received }: Log): Promise<CheckedRun> {
  const rows = await findMessageOutcomes(db, idsOf({ offered }));
  const turnIds = [...new Set(rows.flatMap(({ turnId }) => turnId ?? []))];
  const [parts, sources] = [await countPartsByTurn(db, turnIds), await findSourcesByTurn(db, turnIds)];
  return checkOutcomes({ offered, rows, received, parts, sources });
}

function idsOf({ offered }: Pick<Log, "offered">): string[] {
  return offered.map(({ providerMessageId }) => providerMessageId);
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function formatBar({ done, total, received }: { done: number; total: number; received: number }): string {
  const filled = Math.round((done / Math.max(1, total)) * 30);
  return `  [${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${total} done, ${received} replies at the receiving ends`;
}
