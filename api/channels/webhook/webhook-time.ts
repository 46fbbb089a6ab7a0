import { z } from "zod";

const DAY_MS = 86_400_000;
const ISO_TIME = z.iso.datetime({ offset: true });

/** The time by the caller's clock; null where it is missing, before 1970, or more than a day ahead of us. */
export function webhookTime(time: unknown, receivedAt: Date): Date | null {
  const ms = ISO_TIME.safeParse(time).success ? Date.parse(time as string) : Number.NaN;
  return ms >= 0 && ms <= receivedAt.getTime() + DAY_MS ? new Date(ms) : null;
}
