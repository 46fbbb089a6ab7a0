/** Bounds the wait that a vendor may ask for. */
const MAX_MS = 24 * 3600 * 1000;
/** The two forms of RFC 9110 with a time zone. `Date.parse` alone accepts nearly any text with a year. */
const HTTP_DATE = /^[A-Z][a-z]+, \d\d[ -][A-Z][a-z]{2}[ -](\d{4}|\d\d) \d\d:\d\d:\d\d GMT$/;

/** `Retry-After` in ms (seconds or an HTTP date), clamped to 24 h; null where it is missing, negative or not readable. */
export function parseRetryAfterMs(header: string | string[] | undefined, now: Date): number | null {
  if (typeof header !== "string" || header.trim() === "") return null;
  const wait = /^\d+(\.\d+)?$/.test(header.trim())
    ? Number(header) * 1000
    : (HTTP_DATE.test(header.trim()) ? Date.parse(header) : Number.NaN) - now.getTime();
  return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, MAX_MS) : null;
}
