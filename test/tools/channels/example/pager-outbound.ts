import { z } from "zod";
import type {
  OutboundChannel,
  OutboundOptions,
  RefusalClass,
} from "../../../../activities/channels/channel.ts";
import { chatDelayBeforeAttemptMs } from "../../../../activities/channels/chat-schedule.ts";
import { createSplit } from "../../../../activities/channels/notation/create-split.ts";
import { toFailedOutcome } from "../../../../activities/channels/failed-outcome.ts";
import { classifyStatus, createRefusal, parseJson } from "../../../../activities/channels/http-refusal.ts";
import { parseRetryAfterMs } from "../../../../activities/channels/retry-after.ts";

const MAX_CHARACTERS = 240;
const SENT = z.object({ id: z.string().min(1) });

/** What the service's own words mean for the next step. Data, not logic. */
const ERROR_CLASSES: Readonly<Record<string, RefusalClass>> = Object.freeze({
  unknown_pager: "permanent",
  switched_off_by_owner: "optout",
});
const ERROR = z.object({ error: z.string() });

/** The outbound half: one POST per part, under a key by which the service drops a repetition. */
export function createPagerChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  return {
    name: "pager",
    deliveryClass: "idempotency-key",
    receipts: true,
    replyWindowMs: null,
    rates: { account: { capacity: 10, refillPerSecond: 10 }, recipient: { capacity: 3, refillPerSecond: 1 } },
    classifyReceipt: (code) => ERROR_CLASSES[code] ?? "permanent",
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("plain", (text) => text.length <= MAX_CHARACTERS),
    async send({ to, text, deliveryId: key }, { secrets }, signal) {
      const headers = { authorization: `Bearer ${secrets.outbound[0]}`, "content-type": "application/json" };
      const body = JSON.stringify({ to, text, key });
      try {
        const url = `${baseUrl}/v1/pages`;
        const response = await egress.request({ method: "POST", url, headers, body, signal });
        const json = parseJson(response.text);
        if (response.status >= 200 && response.status < 300) {
          const sent = SENT.safeParse(json);
          return sent.success
            ? { kind: "accepted", providerId: sent.data.id }
            : { kind: "unknown", code: "response_unreadable" };
        }
        const code = ERROR.safeParse(json).data?.error ?? `http_${response.status}`;
        const wait = parseRetryAfterMs(response.headers["retry-after"], now());
        const kind = ERROR_CLASSES[code] ?? classifyStatus(response.status);
        return createRefusal(kind, code, wait);
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
  };
}
