import type { Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { toString } from "mdast-util-to-string";
import { createOutline, type ParsedDocument } from "../document.ts";

/** Headings and the blocks between them; a list keeps one line per item, a table one per row. */
export function parseMarkdown(source: string): ParsedDocument {
  const outline = createOutline();
  const root: Root = fromMarkdown(source.replace(/^---\n[\s\S]*?\n---\n/, ""));
  for (const node of root.children) {
    if (node.type === "heading") outline.heading(node.depth, toString(node));
    else if (node.type !== "html" && node.type !== "definition") outline.text(blockText(node));
  }
  return outline.finish();
}

function blockText(node: Nodes): string {
  if (node.type === "list") return node.children.map((item) => `- ${item.children.map(blockText).join("\n")}`).join("\n");
  if (node.type === "blockquote") return node.children.map(blockText).join("\n");
  // A line that was wrapped in the source is one line for a reader.
  return node.type === "paragraph" ? toString(node).replace(/\s*\n\s*/g, " ") : toString(node);
}
