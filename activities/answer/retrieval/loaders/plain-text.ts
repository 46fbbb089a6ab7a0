import { createOutline, type ParsedDocument } from "../document.ts";
import { joinWrappedLines } from "./wrapped-lines.ts";

/** Paragraphs are what empty lines separate; a first line that stands alone is the title. */
export function parsePlainText(source: string): ParsedDocument {
  const [first = "", ...rest] = source.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "");
  const isTitle = rest.length > 0 && !first.trim().includes("\n") && first.trim().length <= 100;
  const outline = createOutline();
  for (const paragraph of isTitle ? rest : [first, ...rest]) outline.text(joinWrappedLines(paragraph));
  return { ...outline.finish(), title: isTitle ? first.trim() : null };
}
