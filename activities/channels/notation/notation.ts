import type { ReplyText } from "../../../db/delivery/reply-text.ts";
import { writeChatMarks } from "./chat-marks.ts";
import { foldToGsm } from "./fold-to-gsm.ts";

/**
 * How a channel shows the marks of a reply. `separate`: the text stays as it is, and the channel sends the marks next to it. The screen
 * judges a reply in this form, so a notation must not depend on anything else.
 */
export const NOTATIONS = {
  plain: writePlain,
  "gsm-7": (reply: ReplyText) => foldToGsm(writePlain(reply)),
  whatsapp: writeChatMarks,
  slack: writeChatMarks,
  separate: ({ text }: ReplyText) => text,
} as const satisfies Record<string, (reply: ReplyText) => string>;

export type Notation = keyof typeof NOTATIONS;

export function writeReply(notation: Notation, reply: ReplyText): string {
  return NOTATIONS[notation](reply);
}

/** Without its line, a struck price would be read as the valid one. */
function writePlain({ text, marks }: ReplyText): string {
  let at = 0;
  const pieces: string[] = [];
  for (const { kind, start, end } of marks) {
    if (kind !== "strike" || start < at) continue;
    pieces.push(text.slice(at, start), "(", text.slice(start, end), ")");
    at = end;
  }
  return pieces.join("") + text.slice(at);
}
