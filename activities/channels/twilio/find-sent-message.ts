import { z } from "zod";
import { concludeSearch, createUnknown, type Reconciliation } from "../reconciliation.ts";
import type { LostPart } from "../channel.ts";
import { parseJson } from "../http-refusal.ts";
import { isSentBody } from "./sent-body.ts";

/** Allowed difference between Twilio's clock and ours. Messages of other parts are excluded by their ids, not by their times. */
const CLOCK_SKEW_MS = 10_000;
/** A hundred messages do not fit into the response size that the egress guard allows, ten do. */
const PAGE_SIZE = "10";
/** With more messages to one contact since the first attempt, the outcome stays unknown. */
const MAX_PAGES = 30;
/** A message may be missing from the list for some seconds after Twilio has accepted it. */
const LIST_DELAY_MS = 20_000;

const DATE = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const MESSAGE = z.looseObject({
  sid: z.string(),
  /** Null where the account redacts texts. */
  body: z.string().nullish(),
  date_created: DATE,
  /** Null while the message is queued. */
  date_sent: DATE.nullish(),
});
const PAGE = z.looseObject({ messages: z.array(MESSAGE), next_page_uri: z.string().nullish() });
type ListedMessage = z.infer<typeof MESSAGE>;

export interface SentMessageQuery extends Pick<
  LostPart,
  "text" | "firstAttemptAt" | "sinceAttemptMs" | "findOtherParts"
> {
  /** In Twilio's form, with the channel's prefix. */
  to: string;
  /** Null where a messaging service chose the number, which we do not know. */
  from: string | null;
}

/** The text of one page of the list, or null. `query` is the part of its address after the question mark. */
export type ReadPage = (query: string) => Promise<string | null>;

/**
 * Searches the list of sent messages, newest first, back to the first attempt. The list is not filtered by the time of sending, because
 * a queued message has none. Of several messages with our text the oldest one that belongs to no other part is ours.
 */
export async function findSentMessage(readPage: ReadPage, query: SentMessageQuery): Promise<Reconciliation> {
  const list = await readList(readPage, query);
  if (list === null) return createUnknown("list_unreadable");
  const earliestMs = computeEarliestMs(query);
  const recent = list.messages.filter((message) => Date.parse(message.date_created) >= earliestMs);
  const others = await query.findOtherParts(recent.map(({ sid }) => sid));
  const candidates = recent.filter(({ sid }) => !others.has(sid));
  const own = candidates.findLast(({ body }) => isSentBody(body ?? "", query.text));
  if (own !== undefined) return { kind: "found", providerId: own.sid, provenBy: "text_and_time" };
  if (candidates.some(({ body }) => !body)) return createUnknown("not_recognisable");
  const { sinceAttemptMs } = query;
  return concludeSearch({ isComplete: list.isComplete, sinceAttemptMs, listDelayMs: LIST_DELAY_MS });
}

/** The messages down to the first attempt. `isComplete` is false where there were too many. */
async function readList(readPage: ReadPage, query: SentMessageQuery) {
  const earliestMs = computeEarliestMs(query);
  const messages: ListedMessage[] = [];
  let pageQuery = formatFirstPage(query);
  for (let pages = 1; ; pages++) {
    const page = PAGE.safeParse(parseJson((await readPage(pageQuery)) ?? ""));
    if (!page.success) return null;
    messages.push(...page.data.messages);
    const last = page.data.messages.at(-1);
    const next = page.data.next_page_uri ?? "";
    if (next === "" || (last !== undefined && findLatestMs(last) < earliestMs))
      return { messages, isComplete: true };
    if (pages === MAX_PAGES) return { messages, isComplete: false };
    pageQuery = next.slice(next.indexOf("?") + 1);
  }
}

function formatFirstPage({ to, from }: SentMessageQuery): string {
  const origin = from === null ? undefined : { From: from };
  return new URLSearchParams({ To: to, ...origin, PageSize: PAGE_SIZE }).toString();
}

/** The list is in the order of sending. A queued message has no place in that order, so it never ends the search. */
function findLatestMs({ date_created: createdAt, date_sent: sentAt }: ListedMessage): number {
  if (!sentAt) return Infinity;
  return Math.max(Date.parse(createdAt), Date.parse(sentAt));
}

/** Twilio gives whole seconds, so the time of the first attempt is rounded down to a second. */
function computeEarliestMs({ firstAttemptAt }: Pick<SentMessageQuery, "firstAttemptAt">): number {
  return Math.floor(firstAttemptAt.getTime() / 1000) * 1000 - CLOCK_SKEW_MS;
}
