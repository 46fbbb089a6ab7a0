import type { ReplyText, TextMark } from "../../../db/delivery/reply-text.ts";

const TYPES = {
  bold: "bold",
  italic: "italic",
  strike: "strikethrough",
  code: "code",
  pre: "pre",
  quote: "blockquote",
} as const satisfies Record<TextMark["kind"], string>;
/** Telegram ignores the entities after these. */
const MAX_ENTITIES = 100;

/** The marks as Telegram takes them. Positions are UTF-16 units for both. */
export function toEntities({ text, marks }: Pick<ReplyText, "text" | "marks">): { entities?: object[] } {
  const entities = marks.flatMap((mark) => {
    const words = text.slice(mark.start, mark.end);
    const offset = mark.start + (words.length - words.trimStart().length);
    const length = words.trim().length;
    // Code takes no other entity inside it, and none around it except a quotation.
    const isRefused = mark.kind === "code" && marks.some((outer) => isAround(outer, mark));
    return length === 0 || isRefused ? [] : [{ type: TYPES[mark.kind], offset, length }];
  });
  return entities.length === 0 ? {} : { entities: entities.slice(0, MAX_ENTITIES) };
}

function isAround(outer: TextMark, { start, end }: TextMark): boolean {
  const isFormat = outer.kind === "bold" || outer.kind === "italic" || outer.kind === "strike";
  return isFormat && outer.start <= start && end <= outer.end;
}
