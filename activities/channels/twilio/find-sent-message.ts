import { z } from "zod";
import type { Reconciliation } from "../channel.ts";
import { parseTwilioJson } from "./twilio-json.ts";

/** Twilio's clock against ours, when a lost answer is looked up. */
const CLOCK_SKEW_MS = 2_000;

const MESSAGE_LIST = z.looseObject({
  messages: z.array(z.looseObject({ sid: z.string(), body: z.string(), date_created: z.string() })),
});

export interface SentQuestion {
  /** As Twilio writes it, the channel's prefix included. */
  to: string;
  /** Null where a messaging service chose the number: it sends from ones that we do not know. */
  from: string | null;
  body: string;
  firstAttemptAt: Date;
}

/** The query of the list in which the message would stand. */
export function sentMessagesQuery(question: SentQuestion): string {
  return new URLSearchParams({
    To: question.to,
    ...(question.from === null ? {} : { From: question.from }),
    "DateSent>": new Date(earliest(question)).toISOString().slice(0, 10),
    // Newest first, and parts go one at a time. Ten fit into what the egress guard reads of an answer; a hundred do not.
    PageSize: "10",
  }).toString();
}

export function findSentMessage(question: SentQuestion, text: string): Reconciliation {
  const list = MESSAGE_LIST.safeParse(parseTwilioJson(text));
  if (!list.success) return { kind: "unknown" };
  const sent = list.data.messages.find(
    (message) => message.body === question.body && Date.parse(message.date_created) >= earliest(question),
  );
  return sent === undefined ? { kind: "absent" } : { kind: "found", providerId: sent.sid };
}

/** Twilio counts in whole seconds, so the moment of the first attempt is taken down to its second. */
function earliest({ firstAttemptAt }: SentQuestion): number {
  return Math.floor(firstAttemptAt.getTime() / 1000) * 1000 - CLOCK_SKEW_MS;
}
