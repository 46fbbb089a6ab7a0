import { Context } from "@temporalio/activity";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { DUPLICATE_ACCEPTED } from "../../db/turns/replay-dead-letter.ts";
import type { SendContext } from "./send-context.ts";
import { createDeferral } from "./send-waits.ts";
import { RECONCILE_AFTER_MS, type Settlement, toPartFields } from "./settlement.ts";

/** A vendor that cannot be asked for this long leaves the part as `unknown`, where an operator sees it. */
const RECONCILE_WITHIN_MS = 4 * 3_600_000;

/** Finds out the outcome of a send whose response was lost. */
export function createReconcilePart({
  settle,
  settleAcceptance,
}: Pick<Settlement, "settle" | "settleAcceptance">) {
  /** The state that the part ends in, or null when it is sent again. */
  return async function reconcilePart(
    sending: SendContext,
    part: Delivery,
  ): Promise<Delivery["state"] | null> {
    const { channel, account, envelope } = sending;
    if (channel.deliveryClass === "idempotency-key") return null;
    if (channel.reconcile === undefined) return await markUnknown(part, "response_lost");
    const firstAttemptAt = part.firstAttemptAt ?? part.updatedAt;
    const question = { ...envelope, ...toPartFields(part), firstAttemptAt };
    const found = await channel.reconcile(question, account, Context.current().cancellationSignal);
    if (found.kind === "found") return await settleAcceptance(sending, part, found.providerId);
    if (found.kind === "absent") return null;
    if (part.triedForMs > RECONCILE_WITHIN_MS) return await markUnknown(part, "reconciliation_unavailable");
    throw createDeferral(RECONCILE_AFTER_MS, "reconciliation_unavailable");
  };

  /** An agent who replays a dead letter may have accepted that the contact reads the part twice. */
  async function markUnknown(part: Delivery, code: string): Promise<Delivery["state"] | null> {
    return part.code === DUPLICATE_ACCEPTED ? null : await settle(part, { state: "unknown", code });
  }
}
