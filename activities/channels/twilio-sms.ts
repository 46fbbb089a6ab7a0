import { z } from "zod";
import type { ChannelAccount } from "../../db/channel-account.ts";
import type { EgressGuard, EgressResponse } from "../../infra/runtime/egress-guard.ts";
import type { OutboundChannel, OutboundPart, Reconciliation, RefusalClass, SendOutcome } from "./channel.ts";
import { failedOutcome } from "./failed-outcome.ts";
import { retryAfterMs } from "./retry-after.ts";
import { countSegments } from "./sms-segments.ts";
import { splitText } from "./split-text.ts";
import { TWILIO_ERROR_CLASSES } from "./twilio-error-classes.ts";

/** Twilio's own limit on one call. */
const MAX_CHARACTERS = 1_600;
/** Longer messages are held back by some carriers. */
const MAX_SEGMENTS = 10;
const MINUTE = 60_000;
/** A text message that is four hours late answers nothing any more. */
const SCHEDULE_MS = [
  0,
  2_000,
  10_000,
  30_000,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  120 * MINUTE,
];
/** Twilio's clock against ours, when a lost answer is looked up. */
const CLOCK_SKEW_MS = 2_000;

const MESSAGE = z.looseObject({ sid: z.string() });
const ERROR = z.looseObject({ code: z.number() });
const MESSAGE_LIST = z.looseObject({
  messages: z.array(z.looseObject({ sid: z.string(), body: z.string(), date_created: z.string() })),
});

export interface TwilioDependencies {
  egress: EgressGuard;
  baseUrl: string;
  now(): Date;
}

/** SMS by Twilio's Messages API. It takes no idempotency key, so after a lost answer the list of sent messages is asked first. */
export function createTwilioSmsChannel({ egress, baseUrl, now }: TwilioDependencies): OutboundChannel {
  return {
    name: "twilio-sms",
    deliveryClass: "reconcile",
    split: (text) => splitText(text, fitsOneMessage),
    delayBeforeAttemptMs: (attempt) => SCHEDULE_MS[attempt - 1] ?? null,
    async send(part, account, signal): Promise<SendOutcome> {
      const body = new URLSearchParams({ To: part.to, ...senderField(account), Body: part.text }).toString();
      const headers = { ...authorization(account), "content-type": "application/x-www-form-urlencoded" };
      try {
        return outcomeOf(
          await egress.request({ method: "POST", url: messagesUrl(baseUrl, account), headers, body, signal }),
          now(),
        );
      } catch (error) {
        return failedOutcome(error);
      }
    },
    async reconcile(part, account, signal): Promise<Reconciliation> {
      try {
        const url = `${messagesUrl(baseUrl, account)}?${sentSince(part, account)}`;
        const response = await egress.request({
          method: "GET",
          url,
          headers: authorization(account),
          signal,
        });
        return response.status === 200 ? findSent(part, response.text) : { kind: "unknown" };
      } catch {
        // Whatever went wrong, the question stays open and is asked again.
        return { kind: "unknown" };
      }
    },
  };
}

function fitsOneMessage(text: string): boolean {
  return text.length <= MAX_CHARACTERS && countSegments(text).segments <= MAX_SEGMENTS;
}

function messagesUrl(baseUrl: string, { externalId }: ChannelAccount): string {
  return `${baseUrl}/2010-04-01/Accounts/${externalId}/Messages.json`;
}

function senderField({ sender }: ChannelAccount): Record<string, string> {
  return sender.startsWith("MG") ? { MessagingServiceSid: sender } : { From: sender };
}

function authorization({ externalId, secrets }: ChannelAccount): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${externalId}:${secrets.outbound[0]}`).toString("base64")}` };
}

function outcomeOf({ status, headers, text }: EgressResponse, now: Date): SendOutcome {
  if (status === 201 || status === 200) {
    const message = MESSAGE.safeParse(parseJson(text));
    return message.success
      ? { kind: "accepted", providerId: message.data.sid }
      : { kind: "unknown", code: "answer_unreadable" };
  }
  const error = ERROR.safeParse(parseJson(text));
  const code = error.success ? error.data.code : null;
  const known = code === null ? undefined : TWILIO_ERROR_CLASSES[code];
  return {
    kind: "refused",
    class: known ?? classOf(status),
    code: code === null ? `http_${status}` : String(code),
    retryAfterMs: retryAfterMs(headers["retry-after"], now),
  };
}

function classOf(status: number): RefusalClass {
  if (status === 429) return "throttle";
  if (status >= 500 || status === 408 || status === 425) return "retry";
  return status === 401 || status === 403 ? "config" : "permanent";
}

function sentSince(part: OutboundPart, account: ChannelAccount): string {
  const { From } = senderField(account);
  return new URLSearchParams({
    To: part.to,
    // A messaging service sends from numbers that we do not know.
    ...(From === undefined ? {} : { From }),
    "DateSent>": new Date(earliest(part)).toISOString().slice(0, 10),
    // Newest first, and parts go one at a time. Ten fit into what the egress guard reads of an answer; a hundred do not.
    PageSize: "10",
  }).toString();
}

/** Twilio counts in whole seconds, so the moment of the first attempt is taken down to its second. */
function earliest({ firstAttemptAt }: OutboundPart): number {
  return Math.floor(firstAttemptAt.getTime() / 1000) * 1000 - CLOCK_SKEW_MS;
}

function findSent(part: OutboundPart, text: string): Reconciliation {
  const list = MESSAGE_LIST.safeParse(parseJson(text));
  if (!list.success) return { kind: "unknown" };
  const sent = list.data.messages.find(
    (message) => message.body === part.text && Date.parse(message.date_created) >= earliest(part),
  );
  return sent === undefined ? { kind: "absent" } : { kind: "found", providerId: sent.sid };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
