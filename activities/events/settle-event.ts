import type { Database } from "../../db/connection/postgres.ts";
import { recordEndpointFailure, recordEndpointSuccess } from "../../db/events/endpoint-health.ts";
import {
  type AttemptResult,
  type FoundDelivery,
  settleEventDelivery,
} from "../../db/events/event-deliveries.ts";
import { disableEventEndpoint, type DisabledReason } from "../../db/events/event-endpoints.ts";
import { describeRefusedTarget } from "../../infra/runtime/faults/classify-fault.ts";
import type { FaultReports } from "../../infra/runtime/faults/report-faults.ts";
import { isForbiddenTarget } from "../../infra/runtime/network/egress-refused.ts";
import { readFaultPlace } from "../retry/fault-place.ts";
import type { SendEventResult } from "../../workflows/types.ts";
import type { SendOutcome } from "../channels/channel.ts";

export interface SettleEventDependencies {
  db: Database;
  /** Wait before attempt n (1-based) in ms, or null when the schedule is at its end. */
  delayBeforeEventMs(attempt: number): number | null;
  /** An endpoint that fails without a success for this long is disabled. */
  disableAfterMs: number;
  reports?: Pick<FaultReports, "note" | "noteRecovery"> | undefined;
}

/** The wait after 429, 502, 503 or 504 without a Retry-After. */
const DEFAULT_THROTTLE_MS = 5_000;

export interface SettleEventOptions {
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
  /** How the end of a successful attempt is written. Default: by a statement of its own. */
  writeSuccess?: (delivery: FoundDelivery["delivery"]) => Promise<void>;
}

/** Writes what one attempt at an endpoint led to. */
export function createSettleEvent(dependencies: SettleEventDependencies, options: SettleEventOptions) {
  const { db, reports } = dependencies;
  const { log, writeSuccess } = options;

  async function settleOutcome(found: FoundDelivery, outcome: SendOutcome): Promise<SendEventResult> {
    if (outcome.kind === "accepted") return await settleSuccess(found);
    const refusal = outcome.kind === "refused" ? outcome : { class: "retry", retryAfterMs: null };
    if (refusal.class === "gone") return await settleGone(found, outcome.code);
    if (refusal.class === "config" && isForbiddenTarget(outcome.code))
      return await settleForbidden(found, outcome.code);
    const throttleMs = refusal.class === "throttle" ? (refusal.retryAfterMs ?? DEFAULT_THROTTLE_MS) : 0;
    const isDead = readFailingMs(found) >= dependencies.disableAfterMs;
    const notBeforeMs = refusal.retryAfterMs ?? 0;
    const waitMs = isDead ? null : waitBeforeNext(found, notBeforeMs);
    const end =
      waitMs === null
        ? await settleFailure(found, outcome.code, isDead)
        : await settle(found, { state: "pending", code: outcome.code, waitMs, notBeforeMs });
    await recordHealth(found, () => recordEndpointFailure(db, found.endpoint.id, { throttleMs }));
    return end;
  }

  async function settleSuccess(found: FoundDelivery): Promise<SendEventResult> {
    const end = await settle(found, { state: "delivered", code: null });
    reports?.noteRecovery(`endpoint/${found.endpoint.id}`);
    if (found.endpoint.failingSince !== null)
      await recordHealth(found, () => recordEndpointSuccess(db, found.endpoint.id));
    return end;
  }

  /** After the outcome, and without an effect on it: the next attempt at the endpoint writes the same. */
  async function recordHealth(found: FoundDelivery, record: () => Promise<unknown>): Promise<void> {
    await record().catch((error: unknown) => {
      log.warn({ err: error, ...toLogFields(found) }, "whether an event endpoint works was not written");
    });
  }

  /** No attempt can pass until the URL or a setting changes, so the schedule would be hours of the same failure. */
  async function settleForbidden(found: FoundDelivery, code: string): Promise<SendEventResult> {
    const { id, tenantId } = found.endpoint;
    reports?.note(`endpoint/${id}`, describeRefusedTarget(code), { ...readFaultPlace(), tenantId });
    return await settleFailure(found, code, false);
  }

  async function settleGone(found: FoundDelivery, code: string): Promise<SendEventResult> {
    const end = await settle(found, { state: "failed", code });
    await disable(found, "gone");
    return { ...end, outcome: "gone" };
  }

  async function settleFailure(
    found: FoundDelivery,
    code: string,
    isDead: boolean,
  ): Promise<SendEventResult> {
    const end = await settle(found, { state: "failed", code });
    log.error({ ...toLogFields(found), code }, "an outgoing event was not delivered");
    if (isDead) await disable(found, "failing");
    return end;
  }

  /** The later of the schedule and the receiver's Retry-After. A re-send starts the schedule from its beginning. */
  function waitBeforeNext({ delivery }: FoundDelivery, retryAfterMs: number): number | null {
    const nextAttempt = delivery.attempt - delivery.earlierAttempts - delivery.earlyAttempts + 2;
    const scheduledMs = dependencies.delayBeforeEventMs(nextAttempt);
    return scheduledMs === null ? null : Math.max(scheduledMs, retryAfterMs);
  }

  async function settle({ delivery }: FoundDelivery, result: AttemptResult): Promise<SendEventResult> {
    if (result.state === "delivered" && writeSuccess !== undefined) await writeSuccess(delivery);
    else await settleEventDelivery(db, delivery, result);
    return toSendEventResult(result, delivery.attempt + 1);
  }

  async function disable(found: FoundDelivery, reason: DisabledReason): Promise<void> {
    await disableEventEndpoint(db, found.endpoint, reason);
    log.error({ ...toLogFields(found), reason }, "an event endpoint was disabled");
  }

  return { settle, settleOutcome };
}

/** How long the endpoint had failed before this attempt. */
function readFailingMs({ endpoint: { failingSince }, now }: FoundDelivery): number {
  return failingSince === null ? 0 : now.getTime() - failingSince.getTime();
}

export function toSendEventResult(
  { state, code }: Pick<FoundDelivery["delivery"], "state" | "code">,
  attempts: number,
): SendEventResult {
  return { outcome: state === "pending" ? "waiting" : state, code, attempts };
}

function toLogFields({ event, endpoint }: FoundDelivery) {
  return { eventId: event.id, endpointId: endpoint.id, tenantId: endpoint.tenantId };
}
