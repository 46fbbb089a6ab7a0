import { z } from "zod";
import type { Reconciliation } from "../channel.ts";
import { parseJson } from "../http-refusal.ts";

/** Twilio's clock against ours, when a lost answer is looked up. */
const CLOCK_SKEW_MS = 2_000;

const MESSAGE_LIST = z.looseObject({
  messages: z.array(z.looseObject({ sid: z.string(), body: z.string(), date_created: z.string() })),
});

export interface SentMessageQuery {
  /** As Twilio writes it, the channel's prefix included. */
  to: string;
  /** Null where a messaging service chose the number: it sends from ones that we do not know. */
  from: string | null;
  body: string;
  firstAttemptAt: Date;
}

/** The query of the list in which the message would stand. */
export function formatSentMessagesQuery(query: SentMessageQuery): string {
  return new URLSearchParams({
    To: query.to,
    ...(query.from === null ? {} : { From: query.from }),
    "DateSent>": new Date(computeEarliestMs(query)).toISOString().slice(0, 10),
    // Newest first, and parts go one at a time. Ten fit into what the egress guard reads of an answer; a hundred do not.
    PageSize: "10",
  }).toString();
}

export function findSentMessage(query: SentMessageQuery, text: string): Reconciliation {
  const list = MESSAGE_LIST.safeParse(parseJson(text));
  if (!list.success) return { kind: "unknown" };
  const sent = list.data.messages.find(
    (message) => message.body === query.body && Date.parse(message.date_created) >= computeEarliestMs(query),
  );
  return sent === undefined ? { kind: "absent" } : { kind: "found", providerId: sent.sid };
}

/** Twilio counts in whole seconds, so the moment of the first attempt is taken down to its second. */
function computeEarliestMs({ firstAttemptAt }: SentMessageQuery): number {
  return Math.floor(firstAttemptAt.getTime() / 1000) * 1000 - CLOCK_SKEW_MS;
}
