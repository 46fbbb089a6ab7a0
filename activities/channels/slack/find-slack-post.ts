import { z } from "zod";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import type { OutboundPart, Reconciliation } from "../channel.ts";
import { okAnswer, type SlackCalls } from "./slack-call.ts";
import { deliveryIdOf } from "./slack-metadata.ts";
import { slackPostId } from "./slack-outcome.ts";
import { slackTarget, type SlackTarget } from "./slack-target.ts";

/** Slack's clock against ours. */
const CLOCK_SKEW_MS = 60_000;
/** Apps outside Slack's Marketplace get fifteen at most, and more would not fit into what the egress guard reads. */
const PAGE_SIZE = "15";
/** In a channel where so much was written since, the question stays open. */
const MAX_PAGES = 10;

const PAGE = z.looseObject({
  messages: z.array(z.looseObject({ ts: z.string(), metadata: z.unknown().optional() })),
  has_more: z.boolean().optional(),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).nullish(),
});
const OPENED = z.looseObject({ channel: z.looseObject({ id: z.string().min(1) }) });

export interface SlackQuestion {
  part: Pick<OutboundPart, "to" | "thread" | "deliveryId" | "firstAttemptAt">;
  account: ChannelAccount;
  signal: AbortSignal;
}

/**
 * Whether a post whose answer was lost stands in its channel. Reading needs the scope of the channel's kind (`channels:history`,
 * `groups:history`, `im:history`, `mpim:history`, and `im:write` to find a person's own): without it the answer is unknown.
 */
export async function findSlackPost(calls: SlackCalls, question: SlackQuestion): Promise<Reconciliation> {
  const { part } = question;
  const target = await channelOf(calls, question);
  if (target === null) return { kind: "unknown" };
  let cursor = "";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = PAGE.safeParse(await calls.read({ ...question, ...pageOf(target, part, cursor) }));
    if (!read.success) return { kind: "unknown" };
    const { messages, has_more: hasMore, response_metadata: next } = read.data;
    const post = messages.find(({ metadata }) => deliveryIdOf(metadata) === part.deliveryId);
    if (post !== undefined) return { kind: "found", providerId: slackPostId(target.channel, post.ts) };
    cursor = next?.next_cursor ?? "";
    if (cursor === "") return hasMore === true ? { kind: "unknown" } : { kind: "absent" };
  }
  return { kind: "unknown" };
}

/** A person's id names no channel that could be read; their direct messages have one of their own. */
async function channelOf(
  calls: SlackCalls,
  { part, account, signal }: SlackQuestion,
): Promise<SlackTarget | null> {
  if (part.thread !== "") return slackTarget(part);
  const fields = { users: part.to };
  const answer = okAnswer(await calls.write({ method: "conversations.open", fields, account, signal }));
  const opened = OPENED.safeParse(answer);
  return opened.success ? { channel: opened.data.channel.id } : null;
}

function pageOf(
  { channel, thread_ts: thread }: SlackTarget,
  { firstAttemptAt }: Pick<OutboundPart, "firstAttemptAt">,
  cursor: string,
) {
  const fields = {
    channel,
    oldest: ((firstAttemptAt.getTime() - CLOCK_SKEW_MS) / 1_000).toFixed(6),
    include_all_metadata: "true",
    limit: PAGE_SIZE,
    ...(cursor === "" ? {} : { cursor }),
  };
  // The history of a channel does not show what stands in its threads.
  return thread === undefined
    ? { method: "conversations.history", fields }
    : { method: "conversations.replies", fields: { ...fields, ts: thread } };
}
