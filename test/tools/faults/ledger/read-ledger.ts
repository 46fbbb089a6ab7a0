import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { createReceivers } from "../../../../infra/cli/demo/receivers.ts";
import { readDepartures } from "../environment/departures.ts";
import type { Loader } from "../load/loader.ts";
import type { FaultSandbox } from "../open-fault-sandbox.ts";
import { readCallPlaces } from "./call-places.ts";
import type { Ledger, ModelCall } from "./ledger.ts";
import { awaitEvents, readArrivedEvents } from "./events/read-events.ts";
import { readStalls } from "./no-stall.ts";
import {
  countOpen,
  firstStart,
  readConversations,
  readInbox,
  readParts,
  readRunning,
  readTurns,
} from "./read-stores.ts";

export interface Evidence {
  faultSandbox: FaultSandbox;
  temporal: Client;
  loader: Pick<Loader, "offered" | "deeds">;
  expectedPlaces: Ledger["expectedPlaces"];
  ambiguousTimes: Ledger["ambiguousTimes"];
  expectsEvents: boolean;
  modelLog: { calls: readonly ModelCall[]; poll(): Promise<void> };
  /** When another store (a spool) first had each message, ms. The key is channel, newline and provider message id. */
  durableElsewhere?(): ReadonlyMap<string, number> | undefined;
}

export interface SettleOptions {
  healedAt: number;
  settleWithinMs: number;
  /** True when the fault loses messages by design: then the wait ends when no stored message or workflow is open. */
  expectsLoss?: boolean;
  onWait(open: number): void;
}

const POLL_EVERY_MS = 250;
/** Used while Postgres is unavailable. */
const UNKNOWN = { stored: 0, open: 1, due: 1 };
/** Waits longer than the limit, so that late messages are reported as late and not as lost. */
const GRACE_MS = 60_000;
/** The longest delay in the retry schedule of a channel that a fault can cause, with the attempt after it. */
const SCHEDULE_MS = 6 * 60_000;
/** A send that waited for the schedule of its channel ends its run and has its event after the time limit of the others. */
const AFTER_LATE_SENDS_MS = 10_000;
/** By then, accepted sends have reached the receivers. */
const ARRIVAL_MS = 500;

/** Waits until no work is left, then joins the logs. */
export async function readLedger(evidence: Evidence, options: SettleOptions): Promise<Ledger> {
  const { faultSandbox, temporal, modelLog } = evidence;
  const { offered, deeds } = evidence.loader;
  const { db, sandbox, dataDir } = faultSandbox;
  const idleAt = await awaitIdle(evidence, options);
  const deadline = Math.max(options.healedAt + options.settleWithinMs, Date.now() + AFTER_LATE_SENDS_MS);
  const running = await awaitRuns(temporal, deadline);
  const events = await awaitEvents(db, deadline);
  await new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS));
  await modelLog.poll();
  const inbox = await readInbox(db);
  return {
    offered,
    deeds,
    departures: readDepartures(dataDir),
    stalls: readStalls(join(dataDir, "logs")),
    inbox,
    modelCalls: modelLog.calls,
    callPlaces: await readCallPlaces(temporal),
    expectedPlaces: evidence.expectedPlaces,
    ambiguousTimes: evidence.ambiguousTimes,
    expectsEvents: evidence.expectsEvents,
    events,
    arrivedEvents: await readArrivedEvents(sandbox.urls.sink),
    // A receiver rejects a wrong signature, so such a post is an attempt and not a send.
    sends: (await createReceivers(sandbox.urls).pollNew()).filter(({ signatureOk }) => signatureOk),
    turns: await readTurns(db),
    replyParts: await readParts(db),
    conversations: await readConversations(db),
    running,
    firstStarts: await readLateStarts(temporal, {
      offered,
      inbox,
      durableElsewhere: evidence.durableElsewhere?.(),
    }),
    healedAt: options.healedAt,
    settleWithinMs: options.settleWithinMs,
    idleAt,
  };
}

/**
 * Waits until every acknowledged message is in the inbox and no row there is open. Returns the time at which only sends were left that
 * the schedule of their channel had deferred.
 */
async function awaitIdle(
  { faultSandbox: { db }, loader: { offered }, temporal }: Evidence,
  { healedAt, settleWithinMs, expectsLoss = false, onWait }: SettleOptions,
): Promise<number | null> {
  const deadline = healedAt + settleWithinMs + GRACE_MS;
  let idleAt: number | null = null;
  const acknowledged = offered.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
  for (;;) {
    const polledAt = Date.now();
    const { stored, open, due } = await countOpen(db).catch(() => UNKNOWN);
    const missing = expectsLoss ? (await readRunning(temporal)).length : acknowledged - stored;
    if (Math.max(missing, due) <= 0) idleAt ??= polledAt;
    if (Math.max(missing, open) <= 0) return idleAt;
    if (polledAt > deadline + (idleAt === null ? 0 : SCHEDULE_MS)) return idleAt;
    onWait(Math.max(missing, open));
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

/**
 * The workflows that still run at the time limit. After a bad release Temporal repeats a task later and later, also of a run whose message has
 * ended with another turn.
 */
async function awaitRuns(temporal: Client, deadline: number) {
  for (;;) {
    const running = await readRunning(temporal);
    if (running.length === 0 || Date.now() > deadline) return running;
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

/** Reads only the starts of messages that were acknowledged before their row. For the others, the row is the proof. */
async function readLateStarts(
  temporal: Client,
  {
    offered,
    inbox,
    durableElsewhere,
  }: Pick<Ledger, "offered" | "inbox"> & { durableElsewhere: ReadonlyMap<string, number> | undefined },
) {
  const rows = new Map(inbox.map((row) => [`${row.channel}\n${row.providerMessageId}`, row]));
  const starts = new Map<string, number>();
  for (const { channel, providerMessageId, acknowledgedAt } of offered) {
    const row = rows.get(`${channel}\n${providerMessageId}`);
    if (row === undefined || acknowledgedAt === null) continue;
    if (row.committedAt !== null && row.committedAt <= acknowledgedAt) continue;
    const start = await firstStart(temporal, row.workflowId);
    const first = Math.min(
      start ?? Infinity,
      durableElsewhere?.get(`${channel}\n${providerMessageId}`) ?? Infinity,
    );
    if (first < Infinity) starts.set(row.workflowId, first);
  }
  return starts;
}
