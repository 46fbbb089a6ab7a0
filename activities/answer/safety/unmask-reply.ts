import type { ReplyText } from "../../../db/delivery/reply-text.ts";
import { unmask } from "./mask-pii.ts";
import { PLACEHOLDER } from "./placeholder.ts";

const PLACEHOLDERS = new RegExp(PLACEHOLDER, "g");

/** Restores the values, and moves the marks with them. An unknown placeholder stays, and the screen blocks it. */
export function unmaskReply(
  { text, marks }: ReplyText,
  placeholders: Readonly<Record<string, string>>,
): ReplyText {
  const shifts = Array.from(text.matchAll(PLACEHOLDERS), ({ 0: name, index }) => ({
    end: index + name.length,
    by: (placeholders[name] ?? name).length - name.length,
  }));
  const move = (at: number) => shifts.reduce((sum, { end, by }) => (end <= at ? sum + by : sum), at);
  return {
    text: unmask(text, placeholders),
    marks: marks.map(({ kind, start, end }) => ({ kind, start: move(start), end: move(end) })),
  };
}
