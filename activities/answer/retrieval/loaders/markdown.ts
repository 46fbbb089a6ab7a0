import type { Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { toString } from "mdast-util-to-string";
import { createOutline, type ParsedDocument } from "../document.ts";
import { parseHtml } from "./html.ts";

/** Settings before the text. Two rules around a first paragraph look similar, but contain no line `name: value`. */
const FRONT_MATTER = /^---\r?\n(?=[\w-]+:)([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;
/** `| --- | :-: |`: marks a table, which the parser reads as a paragraph. */
const TABLE_RULE = /^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?$/;

/** Headings and the blocks between them. A list has one line per item, a table one per row. */
export function parseMarkdown(source: string): ParsedDocument {
  const outline = createOutline();
  const settings = FRONT_MATTER.exec(source);
  const root: Root = fromMarkdown(source.slice(settings?.[0].length ?? 0));
  for (const node of root.children) {
    if (node.type === "heading") outline.heading(node.depth, toString(node, { includeHtml: false }));
    else if (node.type === "html") addHtml(node.value, outline);
    else outline.text(formatBlock(node));
  }
  const parsed = outline.finish();
  return { ...parsed, title: parsed.title ?? findDeclaredTitle(settings?.[1]) };
}

function formatBlock(node: Nodes): string {
  if (node.type === "list")
    return node.children.map((item) => `- ${item.children.map(formatBlock).join("\n")}`).join("\n");
  if (node.type === "blockquote") return node.children.map(formatBlock).join("\n");
  return node.type === "paragraph" ? formatParagraph(node) : toString(node);
}

function formatParagraph(node: Nodes): string {
  const lines = toString(node).split("\n");
  if (lines[1] !== undefined && TABLE_RULE.test(lines[1])) {
    return lines
      .toSpliced(1, 1)
      .map((line) => line.replace(/^\s*\|\s*|\s*\|\s*$/g, ""))
      .join("\n");
  }
  return formatInline(node);
}

/** Joins wrapped lines of the source; only a hard break ends a line. */
function formatInline(node: Nodes): string {
  if (node.type === "break") return "\n";
  if (node.type === "html") return /^<br\b/i.test(node.value) ? "\n" : "";
  if ("children" in node) return node.children.map(formatInline).join("");
  return toString(node).replace(/\s*\n\s*/g, " ");
}

function addHtml(source: string, outline: ReturnType<typeof createOutline>): void {
  const { title, blocks } = parseHtml(source);
  if (title !== null) outline.heading(1, title);
  for (const block of blocks) outline.text(block.text);
}

function findDeclaredTitle(settings = ""): string | null {
  const [, title = ""] = /^title:\s*(.+)$/m.exec(settings) ?? [];
  return title.trim().replace(/^(["'])(.*)\1$/, "$2") || null;
}
