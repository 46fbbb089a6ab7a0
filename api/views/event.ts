import { z } from "zod";
import type { Vault } from "../../db/connection/vault.ts";
import { hideVendorIds } from "../../db/events/hidden-ids.ts";
import type { EventDeliveryRow, EventRow } from "../../db/events/list-events.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

export const EVENT = defineView(
  z
    .object({
      id: ID.meta({ description: "The event's `webhook-id`, the same on every attempt." }),
      type: z.string(),
      conversation_id: ID.nullable(),
      data: z
        .record(z.string(), z.unknown())
        .meta({ description: "The `data` that is sent, without texts." }),
      created_at: TIMESTAMP,
    })
    .meta({ id: "Event" }),
  {
    id: EXAMPLE_ID,
    type: "message.received",
    conversation_id: "5d0b6a1e-2f7c-4c55-8a0f-0e6f3b1d9a42",
    data: {
      message_id: "SM0123456789abcdef0123456789abcdef",
      channel: "twilio-sms",
      account: "main",
      seq: 7,
    },
    created_at: EXAMPLE_TIMESTAMP,
  },
);

export const EVENT_DELIVERY_STATES = ["pending", "delivered", "failed"] as const;

export const EVENT_DELIVERY = defineView(
  z
    .object({
      event_id: ID,
      endpoint_id: ID,
      state: z.enum(EVENT_DELIVERY_STATES),
      attempts: z.int(),
      code: z
        .string()
        .nullable()
        .meta({ description: "The result of the last attempt: http_500, not_connected." }),
      next_attempt_at: TIMESTAMP.nullable(),
      updated_at: TIMESTAMP,
    })
    .meta({ id: "EventDelivery" }),
  {
    event_id: EXAMPLE_ID,
    endpoint_id: "c0a1f1ce-6a0b-4f0e-9d0f-3d7b1a9c5e21",
    state: "pending",
    attempts: 2,
    code: "http_503",
    next_attempt_at: EXAMPLE_TIMESTAMP,
    updated_at: EXAMPLE_TIMESTAMP,
  },
);

export function formatEvent(event: EventRow): Shape<typeof EVENT> {
  return {
    id: event.id,
    type: event.type,
    conversation_id: event.conversationId,
    data: event.data,
    created_at: timestamp(event.createdAt),
  };
}

/** A reader without the right to conversations learns no id of a vendor, because some of them hold the contact's number. */
export function createFormatEvent(vault: Vault, { mayReadVendorIds }: { mayReadVendorIds: boolean }) {
  return (event: EventRow) =>
    formatEvent(
      mayReadVendorIds ? event : { ...event, data: hideVendorIds(vault, event.tenantId, event.data) },
    );
}

export function formatEventDelivery(delivery: EventDeliveryRow): Shape<typeof EVENT_DELIVERY> {
  return {
    event_id: delivery.eventId,
    endpoint_id: delivery.endpointId,
    state: delivery.state,
    attempts: delivery.attempt,
    code: delivery.code,
    next_attempt_at: delivery.state === "pending" ? timestamp(delivery.nextAttemptAt) : null,
    updated_at: timestamp(delivery.updatedAt),
  };
}
