import type { FoundDelivery } from "../../db/events/event-deliveries.ts";

/** Standard Webhooks advise less than 20 kB; receivers' limits are set by it. */
const MAX_BYTES = 20_000;

/**
 * The body of an event: `{ type, timestamp, data }`. The same bytes on every attempt, as long as the text is what it was. A text
 * that does not fit is cut, and `text_cut` says so. `text` undefined: none is sent; null: it was taken back or erased.
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

/** Not in the middle of a character: half of one is not text. */
function shorten(text: string, share: number): string {
  const length = Math.min(text.length - 1, Math.floor(text.length * share));
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}
