import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../db/connection/postgres.ts";
import { isTransient } from "../../db/connection/is-transient.ts";
import { type Claim, claimFirstAttempts, unclaimDeliveries } from "../../db/events/claim-deliveries.ts";
import { findEventDeliveries, type FoundDelivery } from "../../db/events/event-deliveries.ts";
import { leaveToWorkflows } from "../../db/events/first-attempts.ts";
import { relayEvents } from "../../db/events/outgoing-events.ts";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import type { CallSignal } from "../../infra/runtime/network/egress-guard.ts";
import type { Log } from "../../infra/runtime/log.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import { ATTEMPT_LIMITS } from "./attempt-limits.ts";
import { createPostEvent, type PostEventDependencies } from "./post-event.ts";
import { createSettleEvent, type SettleEventDependencies } from "./settle-event.ts";
import { createSlots } from "./slots.ts";
import { createWriteSuccesses } from "./write-successes.ts";

/*
 * Most events are accepted at once, so the sweeping process makes the first attempt of a round itself. A workflow makes each later one.
 *
 *   waiting -> running -> delivered, failed        the endpoint accepted the event, or does not want events any more
 *                      -> waiting for a workflow   the attempt failed, or a permanent error prevents it
 *                      -> waiting                  nothing was sent: a pause, a transient error, a late connection, the end of this process
 *
 * A process that is killed leaves running rows. After `eventClaim` the sweeper lets workflows continue with them.
 */

export interface FirstAttemptsDependencies extends SettleEventDependencies, PostEventDependencies {
  db: Database;
  /** Plans each statement, so that it uses the indexes of waiting rows. */
  sweeperDb: Database;
  log: Pick<Log, "warn" | "error">;
}

/** Posts that begin at the same time, so that a burst of events leaves time for the messages of contacts. */
const SLOTS = 40;
/** A post without a connection after this time waits for its receiver. */
const CONNECTING_MS = 200;
const RELAY_BATCH = 200;
/** The pause after a round that used all free slots: more events may be due. */
const REFILL_MS = 25;
/** After this time a fast endpoint has accepted events, and it gets the next ones. */
const NEXT_EVENTS_MS = 200;
const IDLE_MS = 1_000;
const LIMITS = { ...ATTEMPT_LIMITS, countedMs: TIME_LIMITS_MS.eventSend };
/** A post begins only if its whole time limit and the write of its outcome fit into `eventClaim`. */
const BEGIN_MS = TIME_LIMITS_MS.eventClaim - TIME_LIMITS_MS.send - TIME_LIMITS_MS.settle;
/**
 * A post begins within this time after the last look at its endpoint. What an operator changes is in effect after it: a disabled endpoint, a dropped
 * secret, no more texts.
 */
const FRESH_MS = TIME_LIMITS_MS.connect + 1_000;
/** An outcome is written again until the row is left to a workflow. */
const WRITE_WAITS_MS = [250, 500, 1_000];
const MAX_REWRITES = TIME_LIMITS_MS.eventClaim / 1_000;

type ClaimedEvent = FoundDelivery & { claimed: Claim };
type Begin = Required<Pick<CallSignal, "beginByMs" | "onBegin">>;

export interface FirstAttempts {
  /** Assigns new events to endpoints and begins the first attempts that are due. True when more work may be waiting. */
  run(): Promise<boolean>;
  /** The wait before the next round. */
  pause(more: boolean): Promise<void>;
  /** Waits for the posts that have begun. Those that last longer than this are ended, and their outcome is unknown. */
  stop(graceMs: number): Promise<void>;
}

export function createFirstAttempts(dependencies: FirstAttemptsDependencies): FirstAttempts {
  const { sweeperDb: db, log } = dependencies;
  const post = createPostEvent(dependencies);
  const writeSuccess = createWriteSuccesses(db);
  const { settle, settleOutcome } = createSettleEvent(dependencies, { log, writeSuccess });
  const slots = createSlots({ slots: SLOTS, waitingAfterMs: CONNECTING_MS });
  const ending = new AbortController();
  let isStopped = false;
  /** Whether the last round ended because the slots were in use, so that further events may be due. */
  let isFull = false;

  async function beginAll(due: readonly Claim[], beginByMs: number): Promise<void> {
    const found = await findEventDeliveries(db, due).catch((error: unknown) => {
      slots.run(async () => await writeEnd(() => unclaimDeliveries(db, due), { events: due.length }));
      throw error;
    });
    const begin = { beginByMs: Math.min(beginByMs, performance.now() + FRESH_MS) };
    const claims = new Set(due.map(({ claim }) => claim));
    for (const each of found) {
      const { delivery, claim } = each;
      // Another process has the row if this one was frozen in between.
      if (claim === null || !claims.has(claim)) continue;
      const claimed = { ...each, claimed: { ...delivery, claim } };
      slots.run(async (release) => await attempt(claimed, { ...begin, onBegin: release }));
    }
  }

  async function attempt(found: ClaimedEvent, begin: Begin): Promise<void> {
    await writeEnd(await attemptOnce(found, begin), toLogFields(found));
  }

  /** Returns the write that follows. */
  async function attemptOnce(found: ClaimedEvent, begin: Begin): Promise<() => Promise<unknown>> {
    const { delivery, endpoint, claimed } = found;
    const putBack = () => unclaimDeliveries(db, [claimed]);
    if (delivery.state !== "pending") return async () => undefined;
    if (endpoint.disabledAt !== null)
      return () => settle(found, { state: "failed", code: "endpoint_disabled" });
    // The endpoint has asked for a pause since then.
    if (found.throttleMs > 0 || isStopped) return putBack;
    try {
      const outcome = await post(found, Object.assign(AbortSignal.any([ending.signal]), begin));
      return outcome.kind === "late" ? putBack : () => settleOutcome(found, outcome);
    } catch (error) {
      log.warn({ err: error, ...toLogFields(found) }, "a first attempt at an event was not made");
      // The workflow classifies a permanent cause: each attempt may meet it.
      return isTransient(error) ? putBack : () => leaveToWorkflows(db, [claimed]);
    }
  }

  /** A row whose outcome is not written is left to a workflow after `eventClaim`. */
  async function writeEnd(write: () => Promise<unknown>, fields: object): Promise<void> {
    await repeatWrite(write).catch((error: unknown) => {
      log.warn({ err: error, ...fields }, "the outcome of a first attempt was not written");
    });
  }

  async function repeatWrite(write: () => Promise<unknown>): Promise<void> {
    const mayRepeat = (error: unknown) => !ending.signal.aborted && isTransient(error);
    const policy = { isTransient: mayRepeat, waitsMs: WRITE_WAITS_MS, maxRetries: MAX_REWRITES };
    await retryTransient(policy, write);
  }

  return {
    async run() {
      isFull = false;
      const relayed = await relayEvents(db, RELAY_BATCH);
      if (isStopped) return false;
      const rows = slots.countFree();
      isFull = rows <= 0;
      if (isFull) return true;
      const beginByMs = performance.now() + BEGIN_MS;
      const due = await claimFirstAttempts(db, { ...LIMITS, rows });
      isFull = due.length === rows || relayed === RELAY_BATCH;
      if (due.length > 0) await beginAll(due, beginByMs);
      return relayed === RELAY_BATCH || due.length > 0;
    },
    async pause(more) {
      // The end of an attempt makes room within the limits.
      if (!more) await Promise.all([sleep(NEXT_EVENTS_MS), slots.awaitEnd(IDLE_MS)]);
      else if (isFull) await Promise.all([sleep(REFILL_MS), slots.awaitFree()]);
      else await sleep(NEXT_EVENTS_MS);
    },
    async stop(graceMs) {
      isStopped = true;
      const timer = setTimeout(() => ending.abort(), graceMs);
      await slots.end();
      clearTimeout(timer);
    },
  };
}

function toLogFields({ event, endpoint }: FoundDelivery) {
  return { eventId: event.id, endpointId: endpoint.id, tenantId: endpoint.tenantId };
}
