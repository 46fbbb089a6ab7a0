import type { Client } from "@temporalio/client";
import { createReceivers } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { FaultSandbox } from "../open-fault-sandbox.ts";
import type { Ledger, ModelCall } from "./ledger.ts";
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
  offered: readonly OfferedMessage[];
  modelLog: { calls: readonly ModelCall[]; poll(): Promise<void> };
  /** When messages were first durable beside row and start (a spool), by channel, newline and provider's id; ms. */
  durableElsewhere?(): ReadonlyMap<string, number> | undefined;
}

export interface SettleOptions {
  healedAt: number;
  settleWithinMs: number;
  /** The fault takes messages away by its nature: then rest is when nothing that is there is open, in either store. */
  expectsLoss?: boolean;
  onWait(open: number): void;
}

const LOOK_EVERY_MS = 250;
/** Nothing can be said while Postgres is away. */
const UNKNOWN = { stored: 0, open: 1, due: 1 };
/** What comes late is seen as late, and not as lost. */
const GRACE_MS = 60_000;
/** The longest wait of a channel's schedule that a fault can bring about, and the attempt after it. */
const SCHEDULE_MS = 6 * 60_000;
/** What was accepted a moment ago is at the receiving end by now. */
const ARRIVAL_MS = 500;

/** Waits until nothing is left to do, and joins the logs. */
export async function readLedger(evidence: Evidence, options: SettleOptions): Promise<Ledger> {
  const { faultSandbox, temporal, offered, modelLog } = evidence;
  const { db, sandbox } = faultSandbox;
  const quietAt = await awaitIdle(evidence, options);
  await new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS));
  await modelLog.poll();
  const inbox = await readInbox(db);
  return {
    offered,
    inbox,
    modelCalls: modelLog.calls,
    // A receiver takes nothing whose signature does not hold: that was an attempt and no send.
    sends: (await createReceivers(sandbox.urls).pollNew()).filter(({ signatureOk }) => signatureOk),
    turns: await readTurns(db),
    replyParts: await readParts(db),
    conversations: await readConversations(db),
    running: await readRunning(temporal),
    firstStarts: await readLateStarts(temporal, {
      offered,
      inbox,
      durableElsewhere: evidence.durableElsewhere?.(),
    }),
    healedAt: options.healedAt,
    settleWithinMs: options.settleWithinMs,
    idleAt: quietAt,
  };
}

/**
 * Waits until every acknowledged message is in the inbox and nothing there is open. Returns when there was nothing left but what its
 * channel's schedule had put off.
 */
async function awaitIdle(
  { faultSandbox: { db }, offered, temporal }: Evidence,
  { healedAt, settleWithinMs, expectsLoss = false, onWait }: SettleOptions,
): Promise<number | null> {
  const deadline = healedAt + settleWithinMs + GRACE_MS;
  let quietAt: number | null = null;
  const acknowledged = offered.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
  for (;;) {
    const polledAt = Date.now();
    const { stored, open, due } = await countOpen(db).catch(() => UNKNOWN);
    const missing = expectsLoss ? (await readRunning(temporal)).length : acknowledged - stored;
    if (Math.max(missing, due) <= 0) quietAt ??= polledAt;
    if (Math.max(missing, open) <= 0) return quietAt;
    if (polledAt > deadline + (quietAt === null ? 0 : SCHEDULE_MS)) return quietAt;
    onWait(Math.max(missing, open));
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Only those whose row came after the acknowledgement: for the others the row is the proof. */
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
