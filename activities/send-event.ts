import { ApplicationFailure, Context } from "@temporalio/activity";
import { recordEndpointFailure, recordEndpointSuccess } from "../db/events/endpoint-health.ts";
import { openEndpointSecrets } from "../db/events/endpoint-secrets.ts";
import {
  type AttemptResult,
  findEventDelivery,
  type FoundDelivery,
  settleEventDelivery,
} from "../db/events/event-deliveries.ts";
import { disableEventEndpoint, type DisabledReason } from "../db/events/event-endpoints.ts";
import { findEventText } from "../db/events/event-text.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { EgressGuard } from "../infra/runtime/network/egress-guard.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { SendEventResult, EventInput } from "../workflows/types.ts";
import type { SendOutcome } from "./channels/channel.ts";
import { postSignedWebhook } from "./channels/webhook/post-signed-webhook.ts";
import { formatEventBody } from "./delivery/event-body.ts";
import { isLastAttempt } from "./retry/last-attempt.ts";
import { classifyPoison } from "./retry/classify-poison.ts";

export interface SendEventDependencies {
  db: Database;
  vault: Vault;
  egress: EgressGuard;
  /** Wait before attempt n (1-based) in ms, or null when there is no further one. */
  delayBeforeEventMs(attempt: number): number | null;
  /** An endpoint that has failed without a break for so long is disabled. */
  disableAfterMs: number;
}

/** Attempts at one endpoint at once, per process: a receiver that is slow holds up its own events and nobody else's. */
const CONCURRENCY = 20;
const BUSY_RETRY_MS = 1_000;
/** 429, 502, 503 and 504 without a Retry-After. */
const DEFAULT_THROTTLE_MS = 5_000;
/** Those that waited for an endpoint do not all come back in one moment. */
const JITTER_MS = 2_000;

/** One attempt to hand an event to an endpoint. It ends the delivery, or throws the failure that brings it back at its time. */
export function createSendEvent(dependencies: SendEventDependencies) {
  const { db, vault, egress } = dependencies;
  const inFlight = new Map<string, number>();

  return async function sendEvent(key: EventInput): Promise<SendEventResult> {
    const found = await findEventDelivery(db, key);
    if (found === null) return { outcome: "gone", code: "deleted", attempts: 0 };
    const { delivery, endpoint } = found;
    if (delivery.state !== "pending") return toSendEventResult(delivery, delivery.attempt);
    if (endpoint.disabledAt !== null)
      return await settle(found, { state: "failed", code: "endpoint_disabled" });
    requireDue(found);
    const outcome = await withConcurrencyLimit(endpoint.id, async () => await attemptOrPoisonReason(found));
    if (typeof outcome === "string") return await settle(found, { state: "failed", code: outcome });
    if (outcome.kind === "accepted") return await settleDelivered(found);
    return await settleFailed(found, outcome);
  };

  /** Why there will never be an attempt, where that is so: the endpoint's secret does not open. */
  async function attemptOrPoisonReason(found: FoundDelivery): Promise<SendOutcome | string> {
    try {
      return await attempt(found);
    } catch (error) {
      const reason = classifyPoison(error);
      if (reason === null || !isLastAttempt()) throw error;
      return reason;
    }
  }

  async function attempt({ event, endpoint }: FoundDelivery): Promise<SendOutcome> {
    const now = new Date();
    const text = endpoint.includeText ? await findEventText(db, vault, event) : undefined;
    return await postSignedWebhook({
      egress,
      url: endpoint.url,
      id: event.id,
      body: formatEventBody(event, text),
      secrets: openEndpointSecrets(vault, endpoint, now).map(({ secret }) => secret),
      now,
      signal: Context.current().cancellationSignal,
    });
  }

  async function settleDelivered(found: FoundDelivery): Promise<SendEventResult> {
    if (found.endpoint.failingSince !== null) await recordEndpointSuccess(db, found.endpoint.id);
    return await settle(found, { state: "delivered", code: null });
  }

  async function settleFailed(
    found: FoundDelivery,
    outcome: Exclude<SendOutcome, { kind: "accepted" }>,
  ): Promise<SendEventResult> {
    const { code } = outcome;
    const refusal = outcome.kind === "refused" ? outcome : { class: "retry", retryAfterMs: null };
    if (refusal.class === "gone") {
      await settle(found, { state: "failed", code });
      await disable(found, "gone");
      return { outcome: "gone", code, attempts: found.delivery.attempt + 1 };
    }
    const throttleMs = refusal.class === "throttle" ? (refusal.retryAfterMs ?? DEFAULT_THROTTLE_MS) : 0;
    const failingMs = await recordEndpointFailure(db, found.endpoint.id, { throttleMs });
    const waitMs = waitBeforeNext(found, refusal.retryAfterMs ?? 0);
    if (waitMs === null || failingMs >= dependencies.disableAfterMs) {
      const end = await settle(found, { state: "failed", code });
      Context.current().log.error("an outgoing event was not delivered", { ...toLogFields(found), code });
      if (failingMs >= dependencies.disableAfterMs) await disable(found, "failing");
      return end;
    }
    await settle(found, { state: "pending", code, waitMs });
    throw createDeferral(waitMs, `Attempt ${found.delivery.attempt + 1} failed (${code})`);
  }

  /** The later of the schedule and what the receiver asked for. */
  function waitBeforeNext({ delivery }: FoundDelivery, retryAfterMs: number): number | null {
    const nextOfRound = delivery.attempt - delivery.earlierAttempts + 2;
    const scheduled = dependencies.delayBeforeEventMs(nextOfRound);
    return scheduled === null ? null : Math.max(scheduled, retryAfterMs);
  }

  async function settle({ delivery }: FoundDelivery, result: AttemptResult): Promise<SendEventResult> {
    await settleEventDelivery(db, delivery, result);
    return toSendEventResult(result, delivery.attempt + 1);
  }

  async function disable(found: FoundDelivery, reason: DisabledReason): Promise<void> {
    await disableEventEndpoint(db, found.endpoint, reason);
    Context.current().log.error("an event endpoint was disabled", { ...toLogFields(found), reason });
  }

  async function withConcurrencyLimit<T>(endpointId: string, send: () => Promise<T>): Promise<T> {
    const others = inFlight.get(endpointId) ?? 0;
    if (others >= CONCURRENCY)
      throw createDeferral(BUSY_RETRY_MS + randomJitterMs(), "Many events are on their way there");
    inFlight.set(endpointId, others + 1);
    try {
      return await send();
    } finally {
      const rest = (inFlight.get(endpointId) ?? 1) - 1;
      if (rest === 0) inFlight.delete(endpointId);
      else inFlight.set(endpointId, rest);
    }
  }
}

/** An attempt may come too early: when the failure that carries the wait was lost, or while the endpoint wants to be left alone. */
function requireDue({ waitMs, throttleMs }: FoundDelivery): void {
  if (throttleMs > waitMs)
    throw createDeferral(throttleMs + randomJitterMs(), "The endpoint asked us to slow down");
  if (waitMs > 0) throw createDeferral(waitMs, "Not yet");
}

function toSendEventResult(
  { state, code }: { state: string; code: string | null },
  attempts: number,
): SendEventResult {
  return { outcome: state === "delivered" ? "delivered" : "failed", code, attempts };
}

function toLogFields({ event, endpoint }: FoundDelivery) {
  return { eventId: event.id, endpointId: endpoint.id, tenantId: endpoint.tenantId };
}

function randomJitterMs(): number {
  return Math.random() * JITTER_MS;
}

function createDeferral(waitMs: number, why: string): ApplicationFailure {
  const message = `${why}; the next attempt comes in ${Math.ceil(waitMs / 1000)} s.`;
  const wait = Math.max(1, Math.round(waitMs));
  return ApplicationFailure.create({ message, type: FAILURES.deliveryDeferred, nextRetryDelay: wait });
}
