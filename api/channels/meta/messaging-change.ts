import { z } from "zod";

/** Fields of `changes` whose value is an item of `messaging`. Instagram posts some events in this form. */
const FIELDS = new Set([
  "message_edit",
  "message_edits",
  "message_reactions",
  "messages",
  "messaging_handover",
  "messaging_optins",
  "messaging_postbacks",
  "messaging_referral",
  "messaging_seen",
]);
const CHANGE = z.looseObject({ field: z.string(), value: z.record(z.string(), z.unknown()) });
/** Later than this, a number of seconds would be in the year 5138. */
const MAX_SECONDS = 100_000_000_000;

/** The item of `messaging` that a change holds, or null. */
export function readMessagingChange(change: unknown): Record<string, unknown> | null {
  const parsed = CHANGE.safeParse(change).data;
  if (parsed === undefined || !FIELDS.has(parsed.field)) return null;
  const { timestamp, ...item } = parsed.value;
  return { ...item, timestamp: toMilliseconds(timestamp) };
}

/** Here the time is a text, in seconds. */
function toMilliseconds(timestamp: unknown): unknown {
  const time = typeof timestamp === "string" && /^\d{1,13}$/.test(timestamp) ? Number(timestamp) : timestamp;
  return typeof time === "number" && time < MAX_SECONDS ? time * 1_000 : time;
}
