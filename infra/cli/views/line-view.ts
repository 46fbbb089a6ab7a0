import pc from "picocolors";
import type { ConversationLine } from "../../../db/conversations/list-lines.ts";
import type { DeliveryRow } from "../../../db/delivery/list-deliveries.ts";
import { formatDelivery } from "./conversation-view.ts";
import { escapeTerminalText } from "./escape-terminal-text.ts";

export type LineView = ReturnType<typeof formatLine>;

export function formatLine(line: ConversationLine) {
  const { inbound } = line;
  return {
    seq: line.seq,
    direction: line.direction,
    author: formatAuthor(line),
    agent: line.agent,
    text: line.text,
    edited: line.edited,
    media: line.media,
    written_at: line.writtenAt,
    turn_id: line.turnId,
    message_id: inbound?.messageId ?? null,
    workflow_id: inbound?.workflowId ?? null,
    state: inbound?.state ?? combineStates(line.deliveries),
    reason: inbound?.reason ?? null,
    late: inbound?.late ?? false,
    deliveries: line.deliveries.map(formatDelivery),
  };
}

/** A transcript as people read it: who, when and what became of it, and below that what was said. */
export function describeLines(lines: readonly LineView[]): string {
  return lines.length === 0 ? "Nothing has been said yet." : lines.map(describeLine).join("\n");
}

function describeLine(line: LineView): string {
  const at = line.written_at.toISOString().slice(0, 19).replace("T", " ");
  const who = line.agent === null ? line.author : `${escapeTerminalText(line.agent)} (agent)`;
  const states = [line.state, line.reason === null ? null : `(${line.reason})`, line.late ? "late" : null];
  const details = [...states, line.edited ? "edited" : null].filter((word) => word !== null);
  const head = `${pc.dim(at)}  ${pc.bold(who)}  ${pc.dim(details.join(" "))}`;
  return [head, ...formatText(line).map((text) => `  ${text}`)].join("\n");
}

function formatText({ text, media }: LineView): string[] {
  const words = text === null ? ["(taken back by the person)"] : escapeTerminalText(text).split("\n");
  return [
    ...words.filter((word) => word !== ""),
    ...(media.length === 0 ? [] : [`(${media.length} attached)`]),
  ];
}

/** What became of a reply's parts: in one word where it is the same of all. */
function combineStates(deliveries: readonly DeliveryRow[]): string | null {
  const states = deliveries.map(({ state, code, receipt, receiptCode }) => {
    const detail = receipt === null ? code : receiptCode;
    return detail === null ? (receipt ?? state) : `${receipt ?? state} (${detail})`;
  });
  return states.length === 0 ? null : [...new Set(states)].join(", ");
}

function formatAuthor({ direction, plan }: ConversationLine) {
  if (direction === "inbound") return "contact";
  return plan === "agent" || plan === "notice" ? plan : "assistant";
}
