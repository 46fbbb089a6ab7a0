/** A vendor may ask for a long silence, not for eternity. */
const MAX_MS = 24 * 3600 * 1000;

/** `Retry-After` in ms (seconds or an HTTP date), clamped to 24 h; null where it is missing, negative or not readable. */
export function retryAfterMs(header: string | string[] | undefined, now: Date): number | null {
  if (typeof header !== "string" || header.trim() === "") return null;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - now.getTime();
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, MAX_MS) : null;
}
