import { createElement } from "./element.ts";
import { createLinks } from "./links.ts";

/** How a range of a reply is shown. A mark comes before the marks inside it. */
export interface Mark {
  kind: "bold" | "italic" | "strike" | "code" | "pre" | "quote";
  start: number;
  end: number;
}

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", pre: "code", quote: "span" } as const;

/** A text with its marks as elements and its web addresses as links. */
export function createMarkedText(text: string, marks: readonly Mark[]): (Node | string)[] {
  return createRange(text, marks, { start: 0, end: text.length });
}

function createRange(
  text: string,
  marks: readonly Mark[],
  { start, end }: Pick<Mark, "start" | "end">,
): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let at = start;
  for (const [i, mark] of marks.entries()) {
    // It is inside the mark before it.
    if (mark.start < at) continue;
    const inner = marks.slice(i + 1).filter((other) => other.end <= mark.end);
    const content = createRange(text, inner, mark);
    nodes.push(
      ...createLinks(text.slice(at, mark.start)),
      createElement(TAGS[mark.kind], { className: mark.kind }, ...content),
    );
    at = mark.end;
  }
  return [...nodes, ...createLinks(text.slice(at, end))];
}
