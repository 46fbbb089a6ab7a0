import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import type { SentMessage, SentMessages } from "../server/sent-messages.ts";
import { formatPost, threadOf, tsOf } from "./format-post.ts";
import { slackError, slackOk } from "./slack-response.ts";
import { channelOf, refuseChannel } from "./slack-channel.ts";

const QUERY = z.object({
  channel: z.string().default(""),
  ts: z.string().default(""),
  oldest: z.coerce.number().catch(0),
  latest: z.coerce.number().catch(Number.POSITIVE_INFINITY),
  limit: z.coerce.number().int().min(1).max(999).catch(100),
  cursor: z.string().default(""),
  include_all_metadata: z.stringbool().catch(false),
});
type Query = z.infer<typeof QUERY>;

/** `conversations.history`: the posts of the channel without its threads, newest first. Only posts of this fake are known. */
export function readHistory(store: SentMessages, { query }: RoutedRequest): FakeResponse {
  const asked = QUERY.parse(Object.fromEntries(query));
  const isInChannel = (post: SentMessage) => threadOf(post) === null;
  return page(store, asked, postsOf(store, asked).filter(isInChannel).toReversed());
}

/** `conversations.replies`: the posts of one thread, oldest first. */
export function readReplies(store: SentMessages, { query }: RoutedRequest): FakeResponse {
  const asked = QUERY.parse(Object.fromEntries(query));
  if (asked.ts === "") return slackError("thread_not_found");
  const isInThread = (post: SentMessage) => threadOf(post) === asked.ts || tsOf(post) === asked.ts;
  return page(store, asked, postsOf(store, asked).filter(isInThread));
}

function postsOf(store: SentMessages, { channel, oldest, latest }: Query): SentMessage[] {
  const isBetween = (post: SentMessage) => Number(tsOf(post)) > oldest && Number(tsOf(post)) < latest;
  return store.since(0).filter((post) => post.to === channelOf(channel) && isBetween(post));
}

/** The cursor is the start of the next page. */
function page(store: SentMessages, asked: Query, posts: SentMessage[]): FakeResponse {
  const channel = channelOf(asked.channel);
  const refusal = refuseChannel(store, channel);
  if (refusal !== null) return refusal;
  if (store.isMarked("no-history", channel))
    return slackError("missing_scope", { needed: "channels:history", provided: "chat:write" });
  const start = Number(asked.cursor.replace(/^at:/, ""));
  if (!Number.isSafeInteger(start)) return slackError("invalid_cursor");
  const end = start + asked.limit;
  const messages = posts
    .slice(start, end)
    .map((post) => formatPost(post, { withMetadata: asked.include_all_metadata }));
  const hasMore = end < posts.length;
  const next = hasMore ? { response_metadata: { next_cursor: `at:${end}` } } : {};
  return slackOk({ messages, has_more: hasMore, ...next });
}
