import { z } from "zod";
import type { InboundEvent, InboundWatermark } from "../channel.ts";
import { messagingTime, type MessagingItem } from "./messaging-context.ts";
import { toInvalidEvent } from "../json-body.ts";
import { META_ID } from "./meta-body.ts";

const IDS = z.array(META_ID, { error: "must be a list of message ids" });
const RECEIPT = z.looseObject(
  { watermark: z.unknown().optional(), mids: IDS.nullish(), mid: META_ID.nullish() },
  { error: "must be an object with watermark" },
);

export interface ReceiptField {
  field: "delivery" | "read";
  state: InboundWatermark["state"];
}

/**
 * Messenger's watermark covers everything sent up to a time. Some deliveries also have message ids, and Instagram has only ids. Ids
 * are exact, but the watermark may be slightly earlier than our own time of acceptance.
 */
export function messagingReceipts(
  value: unknown,
  { field, state }: ReceiptField,
  { from, happenedAt: providerTime, receivedAt, place }: MessagingItem,
): InboundEvent[] {
  const parsed = RECEIPT.safeParse(value);
  if (!parsed.success) return [toInvalidEvent(parsed.error, `${place}.${field}`)];
  const { watermark, mids, mid } = parsed.data;
  const ids = [...(mids ?? []), ...(mid ? [mid] : [])];
  const events: InboundEvent[] = ids.map((providerId) => {
    return { kind: "receipt", providerId, state, code: null, providerTime };
  });
  const through = messagingTime(watermark, receivedAt);
  if (through !== null) events.push({ kind: "watermark", from, state, through });
  if (events.length > 0) return events;
  const message = "must be a time in ms since 1970, not more than a day ahead";
  return [{ kind: "invalid", problems: [{ field: `${place}.${field}.watermark`, message }] }];
}
