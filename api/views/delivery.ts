import { z } from "zod";
import type { DeliveryRow, ReceiptRow } from "../../db/delivery/list-deliveries.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: ID,
    turn_id: ID,
    conversation_id: ID,
    part: z.int().meta({ description: "The number of the reply part; 1 is the first." }),
    state: z.string().meta({
      description:
        "intended, sending, accepted, unknown (the vendor's response was lost), refused or suppressed.",
    }),
    attempt: z.int(),
    provider_id: z.string().nullable(),
    refusal: z.string().nullable().meta({ description: "The class of the refusal." }),
    code: z.string().nullable().meta({ description: "The vendor's code, or Parley's reason." }),
    receipt: z
      .string()
      .nullable()
      .meta({ description: "The vendor's last report: sent, delivered, read or failed." }),
    receipt_code: z.string().nullable(),
    first_attempt_at: TIMESTAMP.nullable(),
    next_attempt_at: TIMESTAMP.nullable(),
    accepted_at: TIMESTAMP.nullable(),
    updated_at: TIMESTAMP,
  })
  .meta({ id: "Delivery" });

const RECEIPT = z.object({
  state: z.enum(["sent", "delivered", "read", "failed"]),
  code: z.string().nullable(),
  provider_time: TIMESTAMP.nullable(),
  received_at: TIMESTAMP,
});

/** One reply part. */
export const DELIVERY = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  turn_id: "6f2a1d6e-5f4e-4c29-8f0b-2f9f6ed4c7aa",
  conversation_id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  part: 1,
  state: "accepted",
  attempt: 1,
  provider_id: "SM0123456789abcdef0123456789abcdef",
  refusal: null,
  code: null,
  receipt: "delivered",
  receipt_code: null,
  first_attempt_at: EXAMPLE_TIMESTAMP,
  next_attempt_at: null,
  accepted_at: EXAMPLE_TIMESTAMP,
  updated_at: EXAMPLE_TIMESTAMP,
});

export const DELIVERY_WITH_RECEIPTS = defineView(
  SCHEMA.extend({
    receipts: z.array(RECEIPT).meta({ description: "All receipts, oldest first." }),
  }).meta({ id: "DeliveryWithReceipts" }),
  {
    ...DELIVERY.example,
    receipts: [{ state: "delivered", code: null, provider_time: null, received_at: EXAMPLE_TIMESTAMP }],
  },
);

const EXAMPLE_WAITING = {
  ...DELIVERY.example,
  state: "intended",
  attempt: 5,
  provider_id: null,
  refusal: "retry",
  code: "http_503",
  receipt: null,
  next_attempt_at: EXAMPLE_TIMESTAMP,
  accepted_at: null,
};

/** Reply parts that wait after a failure and begin their next attempt now. */
export const DELIVERY_RETRY = defineView(
  z
    .object({
      dry_run: z.boolean().meta({ description: "True where nothing was changed." }),
      retried: z
        .int()
        .meta({ description: "The number of parts that begin their next attempt within seconds." }),
      deliveries: z.array(SCHEMA).meta({ description: "The parts that wait, the oldest first." }),
    })
    .meta({ id: "DeliveryRetry" }),
  { dry_run: false, retried: 1, deliveries: [EXAMPLE_WAITING] },
);

export function formatDeliveryRetry({
  dryRun,
  retried,
  deliveries,
}: {
  dryRun: boolean;
  retried: number;
  deliveries: readonly DeliveryRow[];
}): Shape<typeof DELIVERY_RETRY> {
  return { dry_run: dryRun, retried, deliveries: deliveries.map(formatDelivery) };
}

export function formatDelivery(row: DeliveryRow): Shape<typeof DELIVERY> {
  return {
    id: row.id,
    turn_id: row.turnId,
    conversation_id: row.conversationId,
    part: row.part + 1,
    state: row.state,
    attempt: row.attempt,
    provider_id: row.providerId,
    refusal: row.refusal,
    code: row.code,
    receipt: row.receipt,
    receipt_code: row.receiptCode,
    first_attempt_at: timestampOrNull(row.firstAttemptAt),
    next_attempt_at: timestampOrNull(row.nextAttemptAt),
    accepted_at: timestampOrNull(row.acceptedAt),
    updated_at: timestamp(row.updatedAt),
  };
}

export function formatDeliveryWithReceipts({
  delivery,
  receipts,
}: {
  delivery: DeliveryRow;
  receipts: readonly ReceiptRow[];
}): Shape<typeof DELIVERY_WITH_RECEIPTS> {
  return {
    ...formatDelivery(delivery),
    receipts: receipts.map(({ state, code, providerTime, receivedAt }) => ({
      state,
      code,
      provider_time: timestampOrNull(providerTime),
      received_at: timestamp(receivedAt),
    })),
  };
}
