import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { LostPart, ReplyPart } from "../channel.ts";
import { concludeSearch, createUnknown, type Reconciliation } from "../reconciliation.ts";
import { parseOkBody, type SlackCalls } from "./slack-call.ts";
import { parseDeliveryId } from "./slack-metadata.ts";
import { formatSlackPostId } from "./slack-outcome.ts";
import { toSlackTarget, type SlackTarget } from "./slack-target.ts";

/** Allowed difference between Slack's clock and ours. */
const CLOCK_SKEW_MS = 60_000;
/** Apps outside Slack's Marketplace get fifteen at most, and more would exceed the response size that the egress guard allows. */
const PAGE_SIZE = "15";
/** In a channel with more posts since then, the outcome stays unknown. */
const MAX_PAGES = 10;
/** Slack names no delay of its history. This one allows for a replica that lags. */
const LIST_DELAY_MS = 10_000;

const PAGE = z.looseObject({
  messages: z.array(z.looseObject({ ts: z.string(), metadata: z.unknown().optional() })),
  has_more: z.boolean().optional(),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).nullish(),
});
const OPENED = z.looseObject({ channel: z.looseObject({ id: z.string().min(1) }) });

export interface SlackPostQuery {
  part: Pick<LostPart, "to" | "thread" | "deliveryId" | "firstAttemptAt" | "sinceAttemptMs">;
  account: ChannelAccount;
  signal: AbortSignal;
}

/**
 * Searches a channel for a post whose response was lost. Reading needs the scope of the channel's kind (`channels:history`,
 * `groups:history`, `im:history`, `mpim:history`, and `im:write` to find a contact's direct messages). Without the scope the
 * outcome is unknown.
 */
export async function findSlackPost(calls: SlackCalls, query: SlackPostQuery): Promise<Reconciliation> {
  const { part } = query;
  const target = await openSlackChannel(calls, query);
  if (target === null) return createUnknown("list_unreadable");
  let cursor = "";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = PAGE.safeParse(await calls.read({ ...query, ...buildPageCall(target, part, cursor) }));
    if (!read.success) return createUnknown("list_unreadable");
    const { messages, has_more: hasMore, response_metadata: next } = read.data;
    const post = messages.find(({ metadata }) => parseDeliveryId(metadata) === part.deliveryId);
    if (post !== undefined) {
      const providerId = formatSlackPostId(target.channel, post.ts);
      return { kind: "found", providerId, provenBy: "delivery_id" };
    }
    cursor = next?.next_cursor ?? "";
    if (cursor === "") {
      const isComplete = hasMore !== true;
      return concludeSearch({ isComplete, sinceAttemptMs: part.sinceAttemptMs, listDelayMs: LIST_DELAY_MS });
    }
  }
  return createUnknown("list_incomplete");
}

/** A contact's id is not a channel that can be read. Their direct messages have a channel of their own. */
async function openSlackChannel(
  calls: SlackCalls,
  { part, account, signal }: SlackPostQuery,
): Promise<SlackTarget | null> {
  if (part.thread !== "") return toSlackTarget(part);
  const fields = { users: part.to };
  const body = parseOkBody(await calls.write({ method: "conversations.open", fields, account, signal }));
  const opened = OPENED.safeParse(body);
  return opened.success ? { channel: opened.data.channel.id } : null;
}

function buildPageCall(
  { channel, thread_ts: thread }: SlackTarget,
  { firstAttemptAt }: Pick<ReplyPart, "firstAttemptAt">,
  cursor: string,
) {
  const fields = {
    channel,
    oldest: ((firstAttemptAt.getTime() - CLOCK_SKEW_MS) / 1_000).toFixed(6),
    include_all_metadata: "true",
    limit: PAGE_SIZE,
    ...(cursor === "" ? {} : { cursor }),
  };
  // The history of a channel does not show the posts in its threads.
  return thread === undefined
    ? { method: "conversations.history", fields }
    : { method: "conversations.replies", fields: { ...fields, ts: thread } };
}
