import { Context } from "@temporalio/activity";
import type { Database } from "../../db/connection/postgres.ts";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { findOtherParts } from "../../db/delivery/list-deliveries.ts";
import { DUPLICATE_ACCEPTED } from "../../db/dead-letters/replay-dead-letter.ts";
import type { SendContext } from "./send-context.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import { createDeferral, requireTime } from "./send-waits.ts";
import { RECONCILE_AFTER_MS, type Settlement, toPartFields } from "./settlement.ts";

/** A vendor that cannot be asked for this long leaves the part as `unknown`, where an operator sees it. */
const RECONCILE_WITHIN_MS = 4 * 3_600_000;
/** The questions come less often with the time since the attempt, and never less often than this. */
const MAX_WAIT_MS = 60_000;

export interface ReconcilePartDependencies {
  db: Database;
  settlement: Pick<Settlement, "settle" | "settleAcceptance">;
}

/** Finds out the outcome of a send whose response was lost. */
export function createReconcilePart({ db, settlement }: ReconcilePartDependencies) {
  /** The state that the part ends in, or null when it is sent again: only after a proof that the vendor does not have it. */
  return async function reconcilePart(
    sending: SendContext,
    part: Delivery,
  ): Promise<Delivery["state"] | null> {
    const { channel, account, envelope } = sending;
    if (channel.deliveryClass === "idempotency-key")
      return part.triedForMs < (channel.keyLivesMs ?? Infinity)
        ? null
        : await markUnknown(part, "retry_key_expired");
    if (channel.reconcile === undefined) return await markUnknown(part, "response_lost");
    const question = { ...envelope, ...toLostPart(sending, part) };
    requireTime(sending.deadline, TIME_LIMITS_MS.reconcile + TIME_LIMITS_MS.settle);
    // One limit for all pages of the vendor's list.
    const limit = AbortSignal.timeout(TIME_LIMITS_MS.reconcile);
    const signal = AbortSignal.any([Context.current().cancellationSignal, limit]);
    const end = await channel.reconcile(question, account, signal);
    if (end.kind === "found") return await settlement.settleAcceptance(sending, part, end.providerId);
    if (end.kind === "absent_proven") return null;
    if (part.triedForMs > RECONCILE_WITHIN_MS && end.provableInMs === null)
      return await markUnknown(part, "reconciliation_unavailable");
    throw createDeferral(chooseWaitMs(part, end.provableInMs), end.reason);
  };

  function toLostPart({ channel }: SendContext, part: Delivery) {
    const firstAttemptAt = part.firstAttemptAt ?? part.updatedAt;
    const { sinceAttemptMs } = part;
    const findOthers = async (providerIds: readonly string[]) => await findOtherParts(db, part, providerIds);
    return {
      ...toPartFields(channel.notation, part),
      firstAttemptAt,
      sinceAttemptMs,
      findOtherParts: findOthers,
    };
  }

  /** An agent who replays a dead letter may have accepted that the contact reads the part twice. */
  async function markUnknown(part: Delivery, code: string): Promise<Delivery["state"] | null> {
    return part.code === DUPLICATE_ACCEPTED
      ? null
      : await settlement.settle(part, { state: "unknown", code });
  }
}

/** As long as the attempt is old, or until the absence could be proven. */
function chooseWaitMs({ sinceAttemptMs }: Delivery, provableInMs: number | null): number {
  const doubling = Math.min(Math.max(sinceAttemptMs, RECONCILE_AFTER_MS), MAX_WAIT_MS);
  return provableInMs === null ? doubling : Math.min(doubling, provableInMs);
}
