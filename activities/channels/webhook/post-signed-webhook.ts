import type { EgressGuard, EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import { signStandardWebhook } from "../../../infra/runtime/signatures/standard-webhooks.ts";
import type { RefusalClass, SendOutcome } from "../channel.ts";
import { toFailedOutcome } from "../failed-outcome.ts";
import { classifyStatus, createRefusal } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";

export interface SignedWebhook {
  egress: EgressGuard;
  url: string;
  /** The same on every attempt, so that the receiver can drop repeats. */
  id: string;
  /** The same bytes on every attempt. Only the time and signature in the headers differ. */
  body: string;
  /** Each of them signs, so that a receiver may change its secret at any time. */
  secrets: readonly string[];
  now: Date;
  signal: AbortSignal;
}

const THROTTLED = new Set([429, 502, 503, 504]);

/** One attempt to send a Standard Webhook. */
export async function postSignedWebhook({
  egress,
  url,
  id,
  body,
  secrets,
  now,
  signal,
}: SignedWebhook): Promise<SendOutcome> {
  const timestamp = Math.floor(now.getTime() / 1000);
  const headers = {
    "content-type": "application/json",
    "user-agent": "Parley",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signStandardWebhook({ id, timestamp, body, secrets }),
  };
  try {
    return toOutcome(id, await egress.request({ method: "POST", url, headers, body, signal }), now);
  } catch (error) {
    return toFailedOutcome(error);
  }
}

function toOutcome(id: string, { status, headers }: EgressResponse, now: Date): SendOutcome {
  if (status >= 200 && status < 300) return { kind: "accepted", providerId: id };
  const wait = parseRetryAfterMs(headers["retry-after"], now);
  return createRefusal(classifyResponse(status), `http_${status}`, wait);
}

/** A redirect is a transient failure and never followed: the new address was not checked, and may be a mistake. */
function classifyResponse(status: number): RefusalClass {
  if (status === 410) return "gone";
  if (THROTTLED.has(status)) return "throttle";
  return status < 400 ? "retry" : classifyStatus(status);
}
