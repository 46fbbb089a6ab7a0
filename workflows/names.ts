/** Rungs of the ladder, best first. The words stand in the history, in `turns.tier` and in reports. */
const TIERS = ["full_context", "compressed_context", "cached_answer", "smaller_model", "fixed_text"] as const;
export type Tier = (typeof TIERS)[number];

/** Which message: enough to find its row in the inbox. Some vendors' ids name a person, so it travels encrypted. */
export interface MessageKey {
  channel: string;
  accountId: string;
  providerMessageId: string;
}

/** The id under which the workflow of a message is found in the Temporal UI: deterministic, so that a second start is a no-op. */
export function messageWorkflowId({
  channel,
  accountId,
  visibleId,
}: Omit<MessageKey, "providerMessageId"> & {
  /** The provider's id of the message, or a keyed hash of it where that names a person: workflow ids are read in clear. */
  visibleId: string;
}): string {
  return `msg:${channel}/${accountId}:${visibleId}`;
}

export const WORKFLOW_TYPE = "message";

/** Delivers a turn that answers no inbound message: a person's own words, a notice, a part that is sent again. */
export const REPLY_WORKFLOW = "reply";
export function replyWorkflowId(turnId: string): string {
  return `reply:${turnId}`;
}

/** Looks at a part that the vendor reported as failed after it had taken it. */
export const REPAIR_WORKFLOW = "repair";
export function repairWorkflowId(deliveryId: string): string {
  return `repair:${deliveryId}`;
}

/** Waits for a person of the business to claim a conversation. */
export const HANDOFF_WORKFLOW = "handoff";
export function handoffWorkflowId(handoff: { conversationId: string; since: string }): string {
  return `handoff:${handoff.conversationId}:${handoff.since}`;
}

/** Tells one of the tenant's own systems about one event. */
export const EVENT_WORKFLOW = "event";
export function eventWorkflowId(delivery: { eventId: string; endpointId: string }): string {
  return `event:${delivery.endpointId}:${delivery.eventId}`;
}

/** Brings all vectors into one index. */
export const REINDEX_WORKFLOW = "reindex";
export function reindexWorkflowId(versionId: string): string {
  return `reindex:${versionId}`;
}

/** Task queues of one installation; `base` is the `PARLEY_TASK_QUEUE` setting. */
export function taskQueues(base: string) {
  return { main: base, model: `${base}-model`, delivery: `${base}-delivery`, batch: `${base}-batch` };
}

/** Set when a workflow starts, where they cost nothing. They lie outside the payload codec, so: ids only. */
export const SEARCH_ATTRIBUTES = ["TenantId", "Channel", "ConversationId"] as const;
