import { Context } from "@temporalio/activity";
import { unclaimDeliveries } from "../db/events/claim-deliveries.ts";
import { findEventDelivery, type FoundDelivery } from "../db/events/event-deliveries.ts";
import { writeAfterEnd } from "../infra/runtime/step-end.ts";
import type { SendEventResult, EventInput } from "../workflows/types.ts";
import type { SendOutcome } from "./channels/channel.ts";
import { createPostEvent, type PostEventDependencies } from "./events/post-event.ts";
import { createSettleEvent, type SettleEventDependencies, toSendEventResult } from "./events/settle-event.ts";
import { TIME_LIMITS_MS } from "../workflows/time-limits.ts";
import { createDeadline } from "./retry/deadline.ts";
import type { StepHealth } from "./retry/step-health.ts";

export interface SendEventDependencies extends SettleEventDependencies, PostEventDependencies {
  db: SettleEventDependencies["db"];
  stepHealth: StepHealth;
}

const ACTIVITY_LOG = {
  warn: (fields: object, message: string) => Context.current().log.warn(message, { ...fields }),
  error: (fields: object, message: string) => Context.current().log.error(message, { ...fields }),
};

/**
 * One attempt to send an event to an endpoint, after the first one. It ends the delivery, or leaves the row waiting for the next attempt.
 */
export function createSendEvent(dependencies: SendEventDependencies) {
  const { db, stepHealth } = dependencies;
  const post = createPostEvent(dependencies);
  const { settle, settleOutcome } = createSettleEvent(dependencies, { log: ACTIVITY_LOG });

  return async function sendEvent(key: EventInput): Promise<SendEventResult> {
    const deadline = createDeadline();
    const found = await findEventDelivery(db, key);
    if (found === null) return { outcome: "gone", code: "deleted", attempts: 0 };
    const { delivery, endpoint } = found;
    if (delivery.state !== "pending") return toSendEventResult(delivery, delivery.attempt);
    if (endpoint.disabledAt !== null)
      return await settle(found, { state: "failed", code: "endpoint_disabled" });
    // A re-send since then: the sweeping process makes the first attempt of the new round. `claimed_at` of the row belongs to it.
    if (delivery.attempt === delivery.earlierAttempts) return toSendEventResult(delivery, delivery.attempt);
    // The endpoint has asked for a pause since this attempt was started.
    if (Math.max(found.waitMs, found.throttleMs) > 0) return await putBack(found);
    if (deadline.leftMs() < TIME_LIMITS_MS.send + TIME_LIMITS_MS.settle) return await putBack(found);
    const outcome = await sendOrClassify(found);
    if (typeof outcome === "string") return await settle(found, { state: "failed", code: outcome });
    return await writeAfterEnd(async () => await settleOutcome(found, outcome));
  };

  async function putBack({ delivery, claim }: FoundDelivery): Promise<SendEventResult> {
    if (claim !== null) await unclaimDeliveries(db, [{ ...delivery, claim }]);
    return toSendEventResult(delivery, delivery.attempt);
  }

  /** The outcome, or the reason code of an error that every attempt meets, such as a secret whose key is destroyed. */
  async function sendOrClassify(found: FoundDelivery): Promise<SendOutcome | string> {
    try {
      const outcome = await post(found, Context.current().cancellationSignal);
      stepHealth.countPass();
      return outcome;
    } catch (error) {
      const reason = await stepHealth.findPoison(error);
      if (reason === null) throw error;
      return reason;
    }
  }
}
