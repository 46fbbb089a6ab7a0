import pc from "picocolors";
import type { ConversationLine } from "../../db/conversation-lines.ts";
import type { DeliveryRow } from "../../db/delivery-list.ts";
import { deliveryFacts } from "./conversation-facts.ts";
import { printable } from "./printable.ts";

export type LineFacts = ReturnType<typeof lineFacts>;

export function lineFacts(line: ConversationLine) {
  const { inbound } = line;
  return {
    seq: line.seq,
    direction: line.direction,
    author: authorOf(line),
    operator: line.plan === "human" ? line.planDetail : null,
    text: line.text,
    edited: line.edited,
    media: line.media,
    said_at: line.saidAt,
    turn_id: line.turnId,
    message_id: inbound?.messageId ?? null,
    workflow_id: inbound?.workflowId ?? null,
    state: inbound?.state ?? stateOf(line.deliveries),
    reason: inbound?.reason ?? null,
    late: inbound?.late ?? false,
    deliveries: line.deliveries.map(deliveryFacts),
  };
}

/** A transcript as people read it: who, when and what became of it, and below that what was said. */
export function describeLines(lines: readonly LineFacts[]): string {
  return lines.length === 0 ? "Nothing has been said yet." : lines.map(describeLine).join("\n");
}

function describeLine(line: LineFacts): string {
  const at = line.said_at.toISOString().slice(0, 19).replace("T", " ");
  const who = line.operator === null ? line.author : `${printable(line.operator)} (human)`;
  const became = [line.state, line.reason === null ? null : `(${line.reason})`, line.late ? "late" : null];
  const marks = [...became, line.edited ? "edited" : null].filter((word) => word !== null);
  const head = `${pc.dim(at)}  ${pc.bold(who)}  ${pc.dim(marks.join(" "))}`;
  return [head, ...said(line).map((text) => `  ${text}`)].join("\n");
}

function said({ text, media }: LineFacts): string[] {
  const words = text === null ? ["(taken back by the person)"] : printable(text).split("\n");
  return [
    ...words.filter((word) => word !== ""),
    ...(media.length === 0 ? [] : [`(${media.length} attached)`]),
  ];
}

/** What became of a reply's parts: in one word where it is the same of all. */
function stateOf(deliveries: readonly DeliveryRow[]): string | null {
  const states = deliveries.map(({ state, code, receipt, receiptCode }) => {
    const detail = receipt === null ? code : receiptCode;
    return detail === null ? (receipt ?? state) : `${receipt ?? state} (${detail})`;
  });
  return states.length === 0 ? null : [...new Set(states)].join(", ");
}

function authorOf({ direction, plan }: ConversationLine) {
  if (direction === "inbound") return "contact";
  return plan === "human" || plan === "notice" ? plan : "assistant";
}
