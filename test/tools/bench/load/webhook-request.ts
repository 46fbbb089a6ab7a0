import { randomUUID } from "node:crypto";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import { standardWebhookSignature } from "../../../support/channels/vendor-signature.ts";
import type { LoadRequest } from "./open-loop.ts";

const PATH = "/webhooks/webhook/main";
/** The sample documents contain the answer. It is too short for the loop breaker, so a contact may repeat it. */
export const REPEATABLE_QUESTION = "Do you repair e-bikes?";

/** As `REPEATABLE_QUESTION`. */
export const REPEATABLE_QUESTIONS = [
  REPEATABLE_QUESTION,
  "When are you open?",
  "Can I rent a bike?",
] as const;

export function listContacts(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
}

/** One message as a signed webhook of the tenant that owns the sample documents. */
export function createWebhookRequest(
  { PUBLIC_BASE_URL: url, WEBHOOK_SECRET: secret = "" }: Pick<Config, "PUBLIC_BASE_URL" | "WEBHOOK_SECRET">,
  { from, text }: { from: string; text: string },
): { id: string; load: LoadRequest } {
  const id = `load_${randomUUID()}`;
  const body = Buffer.from(JSON.stringify({ type: "message.received", data: { from, text } }));
  const headers = standardWebhookSignature({ url: url + PATH, rawBody: body, secret, at: new Date(), id });
  return { id, load: { method: "POST", path: PATH, headers, body } };
}
