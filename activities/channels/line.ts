import { z } from "zod";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { EgressResponse } from "../../infra/runtime/network/egress-guard.ts";
import type { OutboundChannel, OutboundOptions, Recipient, RefusalClass, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { toFailedOutcome } from "./failed-outcome.ts";
import { classifyStatus, createRefusal, parseJson } from "./http-refusal.ts";
import { parseRetryAfterMs } from "./retry-after.ts";

/** LINE's own limit on a text, in UTF-16 units. */
const MAX_CHARACTERS = 5_000;
/** A long-lived token, or a JWT. Any other character could end the header and begin another one. */
const ACCESS_TOKEN = /^[\w.+/=-]+$/;
/** LINE remembers a retry key for 24 h. The last minute is left for the send itself. */
const RETRY_KEY_LIVES_MS = 24 * 3_600_000 - 60_000;
/** LINE takes multiples of 5 up to 60. The sign ends early when a message arrives. */
const TYPING_SECONDS = 20;

const SENT = z.looseObject({ sentMessages: z.array(z.looseObject({ id: z.string().min(1) })).min(1) });
const ERROR = z.looseObject({ message: z.string() });

/**
 * LINE has no error codes. Two different refusals come with status 429 and differ by their texts: calls that are too frequent, and
 * the end of the month's quota, which only the operator can change.
 */
const MONTHLY_LIMIT = { words: "monthly limit", class: "config", code: "monthly_limit" } as const;

/**
 * Pushes, and never uses reply tokens: a token is valid for about one minute and takes no retry key. LINE drops a push with a retry
 * key that it accepted before, for 24 h, so a lost response is followed by the same push again.
 */
export function createLineChannel({ egress, baseUrl, now }: OutboundOptions): OutboundChannel {
  const post = async (token: string, path: string, { headers = {}, body, signal }: LineCall) =>
    await egress.request({
      method: "POST",
      url: `${baseUrl}/v2/bot/${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal,
    });
  return {
    name: "line",
    deliveryClass: "idempotency-key",
    keyLivesMs: RETRY_KEY_LIVES_MS,
    receipts: false,
    replyWindowMs: null,
    rates: {
      // LINE allows 2,000 pushes a second for one bot. It names no limit per contact: this one only bounds a loop.
      account: { capacity: 2_000, refillPerSecond: 2_000 },
      recipient: { capacity: 10, refillPerSecond: 1 },
    },
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("plain", (text) => text.length <= MAX_CHARACTERS),
    async send(part, account, signal): Promise<SendOutcome> {
      const token = readAccessToken(account);
      if (token === null) return createRefusal("config", "access_token_malformed");
      const headers = { "x-line-retry-key": part.deliveryId };
      const body = { to: findChat(part), messages: [{ type: "text", text: part.text }] };
      try {
        return toLineOutcome(await post(token, "message/push", { headers, body, signal }), now());
      } catch (error) {
        return toFailedOutcome(error);
      }
    },
    /** LINE shows it in chats with one contact only. */
    async indicateTyping(recipient, account, signal) {
      const token = readAccessToken(account);
      if (token === null || recipient.thread !== "") return;
      const body = { chatId: recipient.to, loadingSeconds: TYPING_SECONDS };
      await post(token, "chat/loading/start", { body, signal });
    },
  };
}

interface LineCall {
  headers?: Record<string, string>;
  body: object;
  signal: AbortSignal;
}

/** The group or room, else the contact. */
function findChat({ to, thread }: Recipient): string {
  return thread === "" ? to : thread;
}

/** Status 409 says that a push with this retry key was accepted before, and has the ids of its messages. */
function toLineOutcome({ status, headers, text }: EgressResponse, now: Date): SendOutcome {
  const body = parseJson(text);
  if ((status >= 200 && status < 300) || status === 409) {
    const [message] = SENT.safeParse(body).data?.sentMessages ?? [];
    return message === undefined
      ? { kind: "unknown", code: "response_unreadable" }
      : { kind: "accepted", providerId: message.id };
  }
  const { class: refusalClass, code } = classifyError(status, ERROR.safeParse(body).data?.message ?? "");
  return createRefusal(refusalClass, code, parseRetryAfterMs(headers["retry-after"], now));
}

function classifyError(status: number, message: string): { class: RefusalClass; code: string } {
  if (status === 429 && message.includes(MONTHLY_LIMIT.words)) return MONTHLY_LIMIT;
  return { class: classifyStatus(status), code: `http_${status}` };
}

function readAccessToken({ secrets }: ChannelAccount): string | null {
  const [token = ""] = secrets.outbound;
  return ACCESS_TOKEN.test(token) ? token : null;
}
