import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";
import { formatPlaceholder, joinLines } from "../placeholder.ts";
import type { MessagingItem } from "./messaging-context.ts";
import { deriveMessagingId } from "./messaging-derived-id.ts";

const WORD = STORED_TEXT.nullish().catch(null);
const NUMBER = z.union([z.number(), z.string()]).nullish().catch(null);
const PRODUCT = z.looseObject({
  name: WORD,
  retailer_id: WORD,
  quantity: NUMBER,
  unit_price: NUMBER,
  currency: WORD,
});
const ORDER = z
  .looseObject({ products: z.array(PRODUCT.catch({})).catch([]), note: WORD })
  .catch({ products: [] });

/** A cart that the contact sent. Its note is the only text that the contact wrote. The assistant cannot take an order. */
export function messagingOrder(value: unknown, item: MessagingItem): InboundEvent {
  const { products, note } = ORDER.parse(value);
  const goods = products.map(({ name, retailer_id: id, quantity, unit_price: price, currency }) => {
    const cost = price == null ? "" : ` at ${price} ${currency ?? ""}`.trimEnd();
    return `${quantity ?? "?"} x ${name ?? id ?? "?"}${cost}`;
  });
  return handOver("order", item, joinLines(formatPlaceholder("order", goods.join(", ")), note));
}

/** A form of the page was sent. Its answers are at Meta, which only names the form. */
export function messagingForm(formId: unknown, item: MessagingItem): InboundEvent {
  return handOver("form", item, formatPlaceholder("form", typeof formId === "string" ? formId : null));
}

/** These items have no id of their own. */
function handOver(kind: string, item: MessagingItem, text: string): InboundEvent {
  const { from, timestamp, happenedAt: providerTime } = item;
  const providerMessageId = deriveMessagingId(kind, from, timestamp, text);
  return {
    kind: "message",
    providerMessageId,
    from,
    text,
    origin: "placeholder",
    treatment: "hand_over",
    providerTime,
  };
}
