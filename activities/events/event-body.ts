import type { FoundDelivery } from "../../db/events/event-deliveries.ts";

/** Standard Webhooks advise less than 20 kB, and receivers set their limits accordingly. */
const MAX_BYTES = 20_000;

/**
 * The body of an event: `{ type, timestamp, data }`, with the same bytes on every attempt while the text is unchanged. A text that does
 * not fit is cut and marked by `text_cut`. `text` is undefined for an endpoint without texts, null for a deleted text.
 */
export function formatEventBody(event: FoundDelivery["event"], text: string | null | undefined): string {
  if (text === undefined || text === null) return formatBody(event, text === null ? { text } : {});
  const whole = formatBody(event, { text });
  if (countBytes(whole) < MAX_BYTES) return whole;
  let cut = text;
  for (;;) {
    const body = formatBody(event, { text: cut, text_cut: true });
    const size = countBytes(body);
    if (size < MAX_BYTES) return body;
    cut = shorten(cut, (MAX_BYTES - 1) / size);
  }
}

function formatBody({ type, createdAt, conversationId, data }: FoundDelivery["event"], more: object): string {
  const conversation = conversationId === null ? {} : { conversation_id: conversationId };
  const timestamp = createdAt.toISOString();
  return JSON.stringify({ type, timestamp, data: { ...conversation, ...data, ...more } });
}

function countBytes(body: string): number {
  return Buffer.byteLength(body, "utf8");
}

/** Never cuts a surrogate pair in half. */
function shorten(text: string, share: number): string {
  const length = Math.min(text.length - 1, Math.floor(text.length * share));
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}
