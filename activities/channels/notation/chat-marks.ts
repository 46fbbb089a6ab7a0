import type { ReplyText, TextMark } from "../../../db/delivery/reply-text.ts";

/** WhatsApp and Slack read the same signs. */
const SIGNS = { bold: "*", italic: "_", strike: "~", code: "`", pre: "```" } as const;
const QUOTE = "> ";
/** Next to a letter or digit the signs are no signs for these vendors: the contact would read them. */
const WORD = /[\p{L}\p{N}\p{M}]/u;
/** A vendor may take the sign at the end of an address for a part of it. */
const ADDRESS = /:\/\/|www\.|@/i;

type SignedMark = TextMark & { kind: keyof typeof SIGNS };

/**
 * The signs around each marked range. Where the vendor would show the sign itself, it is left out: inside a word, and around a text that
 * contains the sign or an address. The signs of one line end on that line.
 */
export function writeChatMarks({ text, marks }: ReplyText): string {
  const signs = createSigns();
  for (const mark of marks) {
    if (mark.kind === "quote") for (const { start } of listLines(text, mark)) signs.open(start, QUOTE);
    else
      for (const { start, end, kind } of listSigned(text, { ...mark, kind: mark.kind })) {
        signs.open(start, SIGNS[kind]);
        signs.close(end, SIGNS[kind]);
      }
  }
  return signs.writeInto(text);
}

/** The signs by their position. Marks come from the outermost to the innermost one. */
function createSigns() {
  const opened = new Map<number, string>();
  const closed = new Map<number, string>();
  return {
    open: (at: number, sign: string) => void opened.set(at, (opened.get(at) ?? "") + sign),
    close: (at: number, sign: string) => void closed.set(at, sign + (closed.get(at) ?? "")),
    writeInto(text: string): string {
      const places = [...new Set([...opened.keys(), ...closed.keys()])].toSorted((a, b) => a - b);
      let written = "";
      let last = 0;
      for (const place of places) {
        written += text.slice(last, place) + (closed.get(place) ?? "") + (opened.get(place) ?? "");
        last = place;
      }
      return written + text.slice(last);
    },
  };
}

function listSigned(text: string, mark: SignedMark): SignedMark[] {
  const pieces = mark.kind === "pre" ? [mark] : listLines(text, mark).map((line) => trim(text, line));
  return pieces.filter((piece) => isShown(text, piece)).map((piece) => ({ ...piece, kind: mark.kind }));
}

function isShown(text: string, { start, end, kind }: SignedMark): boolean {
  const words = text.slice(start, end);
  if (start >= end || words.includes(SIGNS[kind]) || (kind !== "pre" && ADDRESS.test(words))) return false;
  const before = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? "";
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  return !WORD.test(before) && !WORD.test(after);
}

/** The part of the mark on each line. */
function listLines<Mark extends TextMark>(text: string, mark: Mark): Mark[] {
  let at = mark.start;
  return text
    .slice(mark.start, mark.end)
    .split("\n")
    .map((line) => {
      const start = at;
      at += line.length + 1;
      return { ...mark, start, end: start + line.length };
    });
}

function trim<Mark extends TextMark>(text: string, mark: Mark): Mark {
  const line = text.slice(mark.start, mark.end);
  const start = mark.start + (line.length - line.trimStart().length);
  return { ...mark, start, end: Math.max(start, mark.start + line.trimEnd().length) };
}
