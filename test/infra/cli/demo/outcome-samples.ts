import type { MessageOutcomeRow } from "../../../../db/inbound/message-outcomes.ts";
import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { Offered } from "../../../../infra/cli/demo/send-message.ts";

export function buildOffered(fields: Partial<Offered["message"]> & { id: string; status?: number }): Offered {
  const { id, status = 202, channel = "telegram", from = "610000001", text = "hi" } = fields;
  return { message: { channel, from, text }, providerMessageId: id, sentAt: 1_000, status };
}

export function buildOutcomeRow(
  fields: Partial<MessageOutcomeRow> & { providerMessageId: string },
): MessageOutcomeRow {
  return {
    workflowId: `msg:${fields.providerMessageId}`,
    state: "answered",
    reason: null,
    turnId: "turn-1",
    seq: 1,
    late: false,
    tier: "full_context",
    tierReason: null,
    costUsd: 0.002,
    ...fields,
  };
}

export function buildReceived(fields: Partial<Received> = {}): Received {
  return {
    channel: "telegram",
    to: "610000001",
    text: "an answer",
    id: "sent-1",
    at: 1_500,
    signatureOk: true,
    inReplyTo: [],
    ...fields,
  };
}
