import { z } from "zod";
import type { Reconciliation } from "../channel.ts";
import { parseJson } from "../http-refusal.ts";

/** Allowed difference between Twilio's clock and ours in the search for a lost response. */
const CLOCK_SKEW_MS = 2_000;

const MESSAGE_LIST = z.looseObject({
  messages: z.array(z.looseObject({ sid: z.string(), body: z.string(), date_created: z.string() })),
});

export interface SentMessageQuery {
  /** In Twilio's form, with the channel's prefix. */
  to: string;
  /** Null where a messaging service chose the number, which we do not know. */
  from: string | null;
  body: string;
  firstAttemptAt: Date;
}

/** The query for the page of the list that would contain the message. */
export function formatSentMessagesQuery(query: SentMessageQuery): string {
  return new URLSearchParams({
    To: query.to,
    ...(query.from === null ? {} : { From: query.from }),
    "DateSent>": new Date(computeEarliestMs(query)).toISOString().slice(0, 10),
    // Newest first, and parts are sent one at a time. Ten entries fit into the response size that the egress guard allows, a
    // hundred do not.
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

/** Twilio gives whole seconds, so the time of the first attempt is rounded down to a second. */
function computeEarliestMs({ firstAttemptAt }: SentMessageQuery): number {
  return Math.floor(firstAttemptAt.getTime() / 1000) * 1000 - CLOCK_SKEW_MS;
}
