import { metaTime } from "../meta/meta-body.ts";

/** WhatsApp gives times as text, in whole seconds since 1970; null for any other type. */
export function whatsappTime(timestamp: unknown, receivedAt: Date): Date | null {
  const isSeconds = typeof timestamp === "string" && /^\d{1,12}$/.test(timestamp);
  return isSeconds ? metaTime(Number(timestamp) * 1_000, receivedAt) : null;
}
