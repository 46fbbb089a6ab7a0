import pc from "picocolors";
import type { LINE } from "../../../api/views/transcript-line.ts";
import type { Shape } from "../../../api/views/view.ts";
import { escapeTerminalText } from "./escape-terminal-text.ts";

type Line = Shape<typeof LINE>;

/** A transcript for the terminal: time, author and state of each line, and its text below. */
export function describeLines(lines: readonly Line[]): string {
  return lines.length === 0 ? "The conversation has no messages yet." : lines.map(describeLine).join("\n");
}

function describeLine(line: Line): string {
  const at = line.written_at.slice(0, 19).replace("T", " ");
  const who = line.agent === null ? line.author : `${escapeTerminalText(line.agent)} (agent)`;
  const details = [
    line.direction === "inbound" ? line.state : describeDeliveries(line.deliveries),
    line.reason === null ? null : `(${line.reason})`,
    line.late ? "late" : null,
    line.edited ? "edited" : null,
  ].filter((word) => word !== null);
  const head = `${pc.dim(at)}  ${pc.bold(who)}  ${pc.dim(details.join(" "))}`;
  return [head, ...formatText(line).map((text) => `  ${text}`)].join("\n");
}

function formatText({ media, ...line }: Line): string[] {
  return [...splitText(line), ...(media.length === 0 ? [] : [`(${media.length} attached)`])];
}

/** The lines of a text, or the reason why there is none. */
export function splitText({ text, erased }: Pick<Line, "text" | "erased">): string[] {
  const absent = erased ? "(erased: no key decrypts it)" : "(deleted by the contact)";
  return (text === null ? [absent] : escapeTerminalText(text).split("\n")).filter((line) => line !== "");
}

/** One word if all parts of the reply have the same state. */
function describeDeliveries(deliveries: Line["deliveries"]): string | null {
  const states = deliveries.map(({ state, code, receipt, receipt_code: receiptCode }) => {
    const detail = receipt === null ? code : receiptCode;
    return detail === null ? (receipt ?? state) : `${receipt ?? state} (${detail})`;
  });
  return states.length === 0 ? null : [...new Set(states)].join(", ");
}
