import type { ConversationRow } from "../../../db/conversations/list-conversations.ts";
import type { DeliveryRow } from "../../../db/delivery/list-deliveries.ts";
import type { TurnRow } from "../../../db/turns/list-turns.ts";
import { findAuthor } from "../../../db/turns/turn-origin.ts";

export function formatConversation(row: ConversationRow) {
  return {
    id: row.id,
    contact_id: row.contactId,
    channel: row.channel,
    account_id: row.accountId,
    thread: row.thread,
    silent_because: row.silentBecause,
    taken_over_by: row.takenOverBy,
    // The row keeps it after the hand-back, for the gate.
    taken_over_at: row.takenOverBy === null ? null : row.takenOverAt,
    paused_at: row.pausedAt,
    pause_reason: row.pauseReason,
    turn_owner: row.turnOwner,
    pending_messages: row.pending,
    last_inbound_at: row.lastInboundAt,
    created_at: row.createdAt,
  };
}

export function formatTurn(row: TurnRow) {
  return {
    id: row.id,
    workflow_id: row.workflowId,
    state: row.state,
    kind: row.kind,
    plan: row.plan,
    notice: row.notice,
    silence_reason: row.silenceReason,
    agent: findAuthor(row.origin),
    outcome: row.outcome,
    tier: row.tier,
    reason: row.reason,
    model: row.model,
    cost_usd: row.costUsd,
    restarts: row.restarts,
    opened_at: row.openedAt,
    closed_at: row.closedAt,
  };
}

export function formatDelivery(row: DeliveryRow) {
  return {
    id: row.id,
    part: row.part + 1,
    state: row.state,
    attempt: row.attempt,
    code: row.code,
    receipt: row.receipt,
    receipt_code: row.receiptCode,
    next_attempt_at: row.nextAttemptAt,
  };
}
