import { createOutline, type ParsedDocument } from "../document.ts";
import { joinWrappedLines } from "./wrapped-lines.ts";

/** Empty lines separate paragraphs. A first paragraph of one short line is the title. */
export function parsePlainText(source: string): ParsedDocument {
  const [first = "", ...rest] = source.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  const isTitle = rest.length > 0 && !first.trim().includes("\n") && first.trim().length <= 100;
  const outline = createOutline();
  for (const paragraph of isTitle ? rest : [first, ...rest]) outline.text(joinWrappedLines(paragraph));
  return { ...outline.finish(), title: isTitle ? first.trim() : null };
}
