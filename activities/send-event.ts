import { Context } from "@temporalio/activity";
import { openEndpointSecrets } from "../db/events/endpoint-secrets.ts";
import { findEventDelivery, type FoundDelivery } from "../db/events/event-deliveries.ts";
import { findEventText } from "../db/events/event-text.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { EgressGuard } from "../infra/runtime/network/egress-guard.ts";
import type { SendEventResult, EventInput } from "../workflows/types.ts";
import type { SendOutcome } from "./channels/channel.ts";
import { postSignedWebhook } from "./channels/webhook/post-signed-webhook.ts";
import { createEndpointLimit, randomJitterMs } from "./delivery/endpoint-limit.ts";
import { formatEventBody } from "./delivery/event-body.ts";
import { createDeferral } from "./delivery/send-waits.ts";
import {
  createSettleEvent,
  type SettleEventDependencies,
  toSendEventResult,
} from "./delivery/settle-event.ts";
import type { StepHealth } from "./retry/step-health.ts";

export interface SendEventDependencies extends SettleEventDependencies {
  vault: Vault;
  egress: EgressGuard;
  stepHealth: StepHealth;
}

/** One attempt to send an event to an endpoint. It ends the delivery, or throws the failure that repeats it when it is due. */
export function createSendEvent(dependencies: SendEventDependencies) {
  const { db, vault, egress, stepHealth } = dependencies;
  const { settle, settleOutcome } = createSettleEvent(dependencies);
  const withEndpointLimit = createEndpointLimit();

  return async function sendEvent(key: EventInput): Promise<SendEventResult> {
    const found = await findEventDelivery(db, key);
    if (found === null) return { outcome: "gone", code: "deleted", attempts: 0 };
    const { delivery, endpoint } = found;
    if (delivery.state !== "pending") return toSendEventResult(delivery, delivery.attempt);
    if (endpoint.disabledAt !== null)
      return await settle(found, { state: "failed", code: "endpoint_disabled" });
    requireDue(found);
    const outcome = await withEndpointLimit(endpoint.id, async () => await sendOrClassify(found));
    if (typeof outcome === "string") return await settle(found, { state: "failed", code: outcome });
    return await settleOutcome(found, outcome);
  };

  /** The outcome, or the reason code of an error that every attempt meets, such as a secret whose key is destroyed. */
  async function sendOrClassify(found: FoundDelivery): Promise<SendOutcome | string> {
    try {
      const outcome = await send(found);
      stepHealth.countPass();
      return outcome;
    } catch (error) {
      const reason = stepHealth.findPoison(error);
      if (reason === null) throw error;
      return reason;
    }
  }

  async function send({ event, endpoint }: FoundDelivery): Promise<SendOutcome> {
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
}

/** An attempt is early when the failure with the wait was lost, or when the endpoint has asked for a pause since. */
function requireDue({ waitMs, throttleMs }: FoundDelivery): void {
  if (throttleMs > waitMs) throw createDeferral(throttleMs + randomJitterMs(), "endpoint_throttled");
  if (waitMs > 0) throw createDeferral(waitMs, "not_yet");
}
