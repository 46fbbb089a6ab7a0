/** Tiers of the fallback chain, best first. The names appear in the history, in `turns.tier` and in reports. */
const TIERS = ["full_context", "compressed_context", "cached_answer", "smaller_model", "fixed_text"] as const;
export type Tier = (typeof TIERS)[number];

/** The key of a message's row in the inbox. Some vendors' message ids contain an address, so the key travels encrypted. */
export interface MessageKey {
  channel: string;
  accountId: string;
  providerMessageId: string;
}

/** The id of a message's workflow in the Temporal UI. It is deterministic, so a second start changes nothing. */
export function messageWorkflowId({
  channel,
  accountId,
  visibleId,
}: Omit<MessageKey, "providerMessageId"> & {
  /** The provider's id of the message, or its keyed hash where the id contains an address: workflow ids are not encrypted. */
  visibleId: string;
}): string {
  return `msg:${channel}/${accountId}:${visibleId}`;
}

/** The workflow that stores an inbound event without a message, such as a deletion, which Postgres did not accept. */
export function inlinedWorkflowId({
  channel,
  accountId,
  hash,
}: Omit<MessageKey, "providerMessageId"> & { hash: string }): string {
  return `inlined:${channel}/${accountId}:${hash}`;
}

export const WORKFLOW_TYPE = "message";

/** Asks the workflow of an inlined event whether its first step has ended: the event is in Postgres. */
export const IS_STORED_QUERY = "isStored";

/** Wakes a workflow that waits for the next attempt at a send. The time in the row has changed before. */
export const RETRY_NOW_SIGNAL = "retryNow";

/** Delivers a turn that does not own its conversation: an agent's reply, a notice, a resend, a replay. */
export const REPLY_WORKFLOW = "reply";
export function replyWorkflowId(turnId: string): string {
  return `reply:${turnId}`;
}

/** Handles a late failure: the vendor accepted a reply part and reported a failure afterwards. */
export const REPAIR_WORKFLOW = "repair";
export function repairWorkflowId(deliveryId: string): string {
  return `repair:${deliveryId}`;
}

/** Waits for an agent to take a conversation over. */
export const HANDOFF_WORKFLOW = "handoff";
export function handoffWorkflowId(handoff: { conversationId: string; since: string }): string {
  return `handoff:${handoff.conversationId}:${handoff.since}`;
}

/** Sends one outgoing event to one endpoint of the tenant. */
export const EVENT_WORKFLOW = "event";
export function eventWorkflowId(delivery: { eventId: string; endpointId: string }): string {
  return `event:${delivery.endpointId}:${delivery.eventId}`;
}

/** Embeds all chunks into one index version. */
export const REINDEX_WORKFLOW = "reindex";
export function reindexWorkflowId(versionId: string): string {
  return `reindex:${versionId}`;
}

/** Task queues of one installation; `base` is the `PARLEY_TASK_QUEUE` setting. */
export function taskQueues(base: string) {
  return { main: base, model: `${base}-model`, delivery: `${base}-delivery`, batch: `${base}-batch` };
}

/** Set at the start of a workflow, where they cost no extra request. They are not encrypted, so they hold only ids. */
export const SEARCH_ATTRIBUTES = ["TenantId", "Channel", "ConversationId"] as const;
