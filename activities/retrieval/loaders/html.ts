import { type HTMLElement, parse } from "node-html-parser";
import { createOutline, type ParsedDocument } from "../document.ts";

/** What is no text for a reader. */
const DROPPED = "script,style,nav,header,footer,form,noscript,template,svg";
const BLOCKS = new Set(["P", "LI", "TR", "PRE", "BLOCKQUOTE", "DD", "DT", "FIGCAPTION", "H1", "H2", "H3", "H4", "H5", "H6"]);

/** Headings, paragraphs, list items and table rows of a page, in their order. */
export function parseHtml(source: string): ParsedDocument {
  const root = parse(source, { comment: false, blockTextElements: { script: false, style: false, noscript: false, pre: true } });
  for (const element of root.querySelectorAll(DROPPED)) element.remove();
  const outline = createOutline();
  const body = root.querySelector("main") ?? root.querySelector("body") ?? root;
  visit(body, outline);
  const parsed = outline.finish();
  return { ...parsed, title: parsed.title ?? root.querySelector("title")?.textContent.trim() ?? null };
}

function visit(element: HTMLElement, outline: ReturnType<typeof createOutline>): void {
  const blocks = element.childNodes.filter((node): node is HTMLElement => isElement(node));
  if (BLOCKS.has(element.tagName) || !blocks.some(holdsBlocks)) return say(element, outline);
  for (const child of element.childNodes) {
    if (isElement(child)) visit(child, outline);
    else outline.text(child.textContent);
  }
}

function say(element: HTMLElement, outline: ReturnType<typeof createOutline>): void {
  const depth = /^H([1-6])$/.exec(element.tagName)?.[1];
  if (depth !== undefined) return outline.heading(Number(depth), element.textContent.replace(/\s+/g, " ").trim());
  const cells = element.tagName === "TR" ? element.querySelectorAll("td,th") : [];
  const text = cells.length > 0 ? cells.map((cell) => cell.textContent.trim()).join(" | ") : element.textContent;
  outline.text(element.tagName === "PRE" ? text : text.replace(/\s+/g, " "));
}

function holdsBlocks(element: HTMLElement): boolean {
  return BLOCKS.has(element.tagName) || element.childNodes.some((child) => isElement(child) && holdsBlocks(child));
}

function isElement(node: unknown): node is HTMLElement {
  return typeof node === "object" && node !== null && "tagName" in node && typeof node.tagName === "string";
}
