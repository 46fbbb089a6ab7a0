import { z } from "zod";

const DAY_MS = 86_400_000;

/** A time that is also an id: seconds, a dot, and six digits that make it unique within its channel. */
export const SLACK_TS = z
  .string({ error: 'must be a text such as "1355517523.000005"' })
  .regex(/^\d{1,10}\.\d{6}$/, 'must be seconds and six digits, such as "1355517523.000005"');

/** The time, and the order within its millisecond; null where it is more than a day ahead of us. */
export function slackTime(
  ts: string,
  receivedAt: Date,
): { providerTime: Date | null; providerSequence: number } {
  const [seconds = "", fraction = ""] = ts.split(".");
  const ms = Number(seconds) * 1_000 + Math.floor(Number(fraction) / 1_000);
  return {
    providerTime: ms <= receivedAt.getTime() + DAY_MS ? new Date(ms) : null,
    // Up to the year 2255 the microseconds are a safe integer.
    providerSequence: Number(seconds) * 1_000_000 + Number(fraction),
  };
}
