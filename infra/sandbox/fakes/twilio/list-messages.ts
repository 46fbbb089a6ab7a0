import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { formatMessage } from "./message-resource.ts";
import type { MessageStore, SentMessage } from "./message-store.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;

/** One page of the account's messages, newest first, filtered by To, From and the day they were sent. */
export function listMessages(store: MessageStore, { path, query, params }: RoutedRequest): FakeResponse {
  const found = store
    .newestFirst()
    .filter((message) => message.accountSid === params.sid && isWanted(message, query));
  const size = Math.min(Number(query.get("PageSize")) || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const page = Number(query.get("Page")) || 0;
  const start = page * size;
  const messages = found.slice(start, start + size);
  const uri = (number: number) => `${path}?${withPage(query, number)}`;
  return jsonResponse({
    messages: messages.map((message) => formatMessage(message, "delivered")),
    page,
    page_size: size,
    start,
    end: Math.max(start, start + messages.length - 1),
    uri: uri(page),
    first_page_uri: uri(0),
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    next_page_uri: start + size < found.length ? uri(page + 1) : null,
  });
}

function isWanted(message: SentMessage, query: URLSearchParams): boolean {
  const at = Date.parse(message.time);
  const day = timeOf(query.get("DateSent"));
  const from = timeOf(query.get("DateSent>"));
  const until = timeOf(query.get("DateSent<"));
  return (
    [null, message.to].includes(query.get("To")) &&
    [null, message.from].includes(query.get("From")) &&
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

function withPage(query: URLSearchParams, page: number): string {
  const copy = new URLSearchParams(query);
  copy.set("Page", String(page));
  return copy.toString();
}
