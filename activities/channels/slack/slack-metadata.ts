import { z } from "zod";

/** Identifies a post. Other apps of the workspace may read it, so it has an id of ours and nothing of the contact. */
const EVENT_TYPE = "parley_delivery";

const METADATA = z.looseObject({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.looseObject({ delivery_id: z.string() }),
});

export function createSlackMetadata(deliveryId: string) {
  return { event_type: EVENT_TYPE, event_payload: { delivery_id: deliveryId } };
}

/** The delivery that a post belongs to; null for posts that are not ours. */
export function parseDeliveryId(metadata: unknown): string | null {
  return METADATA.safeParse(metadata).data?.event_payload.delivery_id ?? null;
}
