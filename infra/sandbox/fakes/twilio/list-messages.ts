import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { formatMessage, type MessageStatus } from "./message-resource.ts";
import type { MessageStore, SentMessage } from "./message-store.ts";
import { twilioStatusError } from "./twilio-error.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;

export interface ListTimes {
  /** A message appears in the list so long after it was accepted. */
  listedAfterMs: number;
  /** A message is queued, and has no sent date, for so long. */
  queuedForMs: number;
}

/** One page of the account's messages, newest first, filtered by To, From and the day they were sent. */
export function listMessages(
  store: MessageStore,
  times: ListTimes,
  { path, query, params }: RoutedRequest,
): FakeResponse {
  const found = store
    .newestFirst()
    .filter((message) => message.accountSid === params.sid && ageOf(message) >= times.listedAfterMs)
    .filter((message) => isWanted(message, query) && isSentWithin(message, times, query));
  const size = Math.min(Number(query.get("PageSize")) || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const page = Number(query.get("Page")) || 0;
  const start = findStart(found, page, query.get("PageToken"));
  if (start === null) return twilioStatusError(400);
  const messages = found.slice(start, start + size);
  const last = messages.at(-1);
  const hasMore = start + size < found.length && last !== undefined;
  const uri = (number: number, token?: string) => `${path}?${withPage(query, number, token)}`;
  return jsonResponse({
    messages: messages.map((message) => formatMessage(message, statusOf(message, times))),
    page,
    page_size: size,
    start,
    end: Math.max(start, start + messages.length - 1),
    uri: uri(page, query.get("PageToken") ?? undefined),
    first_page_uri: uri(0),
    previous_page_uri: page > 0 ? uri(page - 1, query.get("PageToken") ?? undefined) : null,
    next_page_uri: hasMore ? uri(page + 1, `PA${last.sid}`) : null,
  });
}

export function statusOf(message: SentMessage, { queuedForMs }: ListTimes): MessageStatus {
  return ageOf(message) < queuedForMs ? "queued" : "delivered";
}

function ageOf({ time }: SentMessage): number {
  return Date.now() - Date.parse(time);
}

/** A page after the first one needs the token of the page before it. So new messages do not move the pages. */
function findStart(found: readonly SentMessage[], page: number, token: string | null): number | null {
  if (page === 0) return 0;
  const last = found.findIndex(({ sid }) => token === `PA${sid}`);
  return last < 0 ? null : last + 1;
}

function isWanted(message: SentMessage, query: URLSearchParams): boolean {
  return [null, message.to].includes(query.get("To")) && [null, message.from].includes(query.get("From"));
}

/** A queued message has no sent date, so no filter by it finds the message. */
function isSentWithin(message: SentMessage, times: ListTimes, query: URLSearchParams): boolean {
  const at = Date.parse(message.time);
  const day = timeOf(query.get("DateSent"));
  const from = timeOf(query.get("DateSent>"));
  const until = timeOf(query.get("DateSent<"));
  if (day === null && from === null && until === null) return true;
  return (
    statusOf(message, times) !== "queued" &&
    (day === null || message.time.slice(0, 10) === new Date(day).toISOString().slice(0, 10)) &&
    (from === null || at >= from) &&
    (until === null || at <= until)
  );
}

/** A day (its start, UTC) or a time. Any other value does not filter. */
function timeOf(value: string | null): number | null {
  const time = Date.parse(value ?? "");
  return Number.isNaN(time) ? null : time;
}

function withPage(query: URLSearchParams, page: number, token: string | undefined): string {
  const copy = new URLSearchParams(query);
  copy.set("Page", String(page));
  copy.delete("PageToken");
  if (token !== undefined) copy.set("PageToken", token);
  return copy.toString();
}
