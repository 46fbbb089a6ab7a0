import { type ReplyText, sliceReply, type TextMark } from "../../../db/delivery/reply-text.ts";

type OpenMark = { -readonly [Key in keyof TextMark]: TextMark[Key] };

export interface ReplyBuilder {
  add(text: string): void;
  /** Marks all that `build` adds. A mark inside a mark of the same kind is left out. */
  mark(kind: TextMark["kind"], build: () => void): void;
  /** The last sign that was added, or "". */
  last(): string;
  finish(): ReplyText;
}

export function createReplyBuilder(): ReplyBuilder {
  let text = "";
  const marks: OpenMark[] = [];
  const open = new Set<TextMark["kind"]>();

  function mark(kind: TextMark["kind"], build: () => void): void {
    if (open.has(kind)) {
      build();
      return;
    }
    // In the list before its inner marks.
    const added: OpenMark = { kind, start: text.length, end: text.length };
    marks.push(added);
    open.add(kind);
    build();
    open.delete(kind);
    added.end = text.length;
  }

  return {
    add: (added) => void (text += added),
    mark,
    last: () => text.slice(-1),
    finish() {
      const start = text.length - text.trimStart().length;
      return sliceReply({ text, marks }, start, Math.max(start, text.trimEnd().length));
    },
  };
}
