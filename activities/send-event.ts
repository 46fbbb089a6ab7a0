import { Context } from "@temporalio/activity";
import { openEndpointSecrets } from "../db/events/endpoint-secrets.ts";
import { findEventDelivery, type FoundDelivery, unclaimDelivery } from "../db/events/event-deliveries.ts";
import { findEventText } from "../db/events/event-text.ts";
import { hideVendorIds } from "../db/events/hidden-ids.ts";
import type { Vault } from "../db/connection/vault.ts";
import { writeAfterEnd } from "../infra/runtime/step-end.ts";
import type { EgressGuard } from "../infra/runtime/network/egress-guard.ts";
import type { SendEventResult, EventInput } from "../workflows/types.ts";
import type { SendOutcome } from "./channels/channel.ts";
import { postSignedWebhook } from "./channels/webhook/post-signed-webhook.ts";
import { formatEventBody } from "./delivery/event-body.ts";
import {
  createSettleEvent,
  type SettleEventDependencies,
  toSendEventResult,
} from "./delivery/settle-event.ts";
import { TIME_LIMITS_MS } from "../workflows/time-limits.ts";
import { createDeadline } from "./retry/deadline.ts";
import type { StepHealth } from "./retry/step-health.ts";

export interface SendEventDependencies extends SettleEventDependencies {
  vault: Vault;
  egress: EgressGuard;
  stepHealth: StepHealth;
}

/** One attempt to send an event to an endpoint. It ends the delivery, or leaves the row waiting for the next attempt. */
export function createSendEvent(dependencies: SendEventDependencies) {
  const { db, vault, egress, stepHealth } = dependencies;
  const { settle, settleOutcome } = createSettleEvent(dependencies);

  return async function sendEvent(key: EventInput): Promise<SendEventResult> {
    const deadline = createDeadline();
    const found = await findEventDelivery(db, key);
    if (found === null) return { outcome: "gone", code: "deleted", attempts: 0 };
    const { delivery, endpoint } = found;
    if (delivery.state !== "pending") return toSendEventResult(delivery, delivery.attempt);
    if (endpoint.disabledAt !== null)
      return await settle(found, { state: "failed", code: "endpoint_disabled" });
    // The endpoint has asked for a pause since this attempt was started.
    if (Math.max(found.waitMs, found.throttleMs) > 0) return await putBack(key, delivery);
    if (deadline.leftMs() < TIME_LIMITS_MS.send + TIME_LIMITS_MS.settle) return await putBack(key, delivery);
    const outcome = await sendOrClassify(found);
    if (typeof outcome === "string") return await settle(found, { state: "failed", code: outcome });
    return await writeAfterEnd(async () => await settleOutcome(found, outcome));
  };

  async function putBack(key: EventInput, { code, attempt }: FoundDelivery["delivery"]) {
    await unclaimDelivery(db, key);
    return { outcome: "waiting", code, attempts: attempt } as const;
  }

  /** The outcome, or the reason code of an error that every attempt meets, such as a secret whose key is destroyed. */
  async function sendOrClassify(found: FoundDelivery): Promise<SendOutcome | string> {
    try {
      const outcome = await send(found);
      stepHealth.countPass();
      return outcome;
    } catch (error) {
      const reason = await stepHealth.findPoison(error);
      if (reason === null) throw error;
      return reason;
    }
  }

  async function send({ event, endpoint, now }: FoundDelivery): Promise<SendOutcome> {
    const text = endpoint.includeText ? await findEventText(db, vault, event) : undefined;
    return await postSignedWebhook({
      egress,
      url: endpoint.url,
      id: event.id,
      body: formatEventBody(
        endpoint.includeText ? event : { ...event, data: hideVendorIds(vault, event.tenantId, event.data) },
        text,
      ),
      secrets: openEndpointSecrets(vault, endpoint, now).map(({ secret }) => secret),
      now,
      signal: Context.current().cancellationSignal,
    });
  }
}
