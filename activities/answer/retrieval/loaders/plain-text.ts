import { countLetters, type ParsedDocument } from "../document.ts";
import { createOutline } from "./outline.ts";
import { joinWrappedLines } from "./wrapped-lines.ts";

/** Empty lines separate paragraphs. A first paragraph of one short line is the title. */
export function parsePlainText(source: string): ParsedDocument {
  const [first = "", ...rest] = source
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "");
  const isTitle = rest.length > 0 && !first.trim().includes("\n") && first.trim().length <= 100;
  const outline = createOutline();
  if (isTitle) outline.heading(1, first);
  for (const paragraph of isTitle ? rest : [first, ...rest]) outline.text(joinWrappedLines(paragraph));
  return outline.finish({ visible: countLetters(source) });
}
