import type { ConversationRow } from "../../db/conversation-list.ts";
import type { DeliveryRow } from "../../db/delivery-list.ts";
import type { TurnRow } from "../../db/turn-list.ts";

export function conversationFacts(row: ConversationRow) {
  return {
    id: row.id,
    contact_id: row.contactId,
    channel: row.channel,
    account_id: row.accountId,
    thread: row.thread,
    hold: row.hold,
    claimed_by: row.claimedBy,
    // The row keeps it after the claim, for the gate.
    claimed_at: row.claimedBy === null ? null : row.claimedAt,
    paused_at: row.pausedAt,
    pause_reason: row.pauseReason,
    holder: row.holder,
    pending_messages: row.pending,
    last_inbound_at: row.lastInboundAt,
    created_at: row.createdAt,
  };
}

export function turnFacts(row: TurnRow) {
  return {
    id: row.id,
    workflow_id: row.workflowId,
    state: row.state,
    plan: row.plan,
    plan_detail: row.planDetail,
    outcome: row.outcome,
    rung: row.rung,
    reason: row.reason,
    model: row.model,
    cost_usd: row.costUsd,
    restarts: row.restarts,
    opened_at: row.openedAt,
    closed_at: row.closedAt,
  };
}

export function deliveryFacts(row: DeliveryRow) {
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
