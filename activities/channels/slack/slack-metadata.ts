import { z } from "zod";

/** By this a post is known again. Other apps of the workspace may read it: an id of ours, and nothing of the person's. */
const EVENT_TYPE = "parley_delivery";

const METADATA = z.looseObject({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.looseObject({ delivery_id: z.string() }),
});

export function createSlackMetadata(deliveryId: string) {
  return { event_type: EVENT_TYPE, event_payload: { delivery_id: deliveryId } };
}

/** The delivery that a post belongs to; null for anybody else's. */
export function parseDeliveryId(metadata: unknown): string | null {
  return METADATA.safeParse(metadata).data?.event_payload.delivery_id ?? null;
}
