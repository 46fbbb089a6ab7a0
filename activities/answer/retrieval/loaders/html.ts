import { type HTMLElement, parse } from "node-html-parser";
import { createOutline, type ParsedDocument } from "../document.ts";

type Outline = ReturnType<typeof createOutline>;

/** Elements without text for a reader. A header inside the main text stays, because it often contains the title. */
const DROPPED = "script,style,nav,noscript,template,svg,button,select,textarea,body > header,body > footer";
const BLOCKS = new Set(
  ["P", "LI", "TR", "PRE", "BLOCKQUOTE", "DD", "DT", "FIGCAPTION"].concat("H1", "H2", "H3", "H4", "H5", "H6"),
);

/** Headings, paragraphs, list items and table rows of a page, in their order. */
export function parseHtml(source: string): ParsedDocument {
  const text = { script: false, style: false, noscript: false, pre: true };
  const root = parse(source, { comment: false, blockTextElements: text });
  const title = toOneLine(root.querySelector("h1") ?? root.querySelector("title"));
  for (const element of root.querySelectorAll(DROPPED)) element.remove();
  const outline = createOutline();
  visit(root.querySelector("main") ?? root.querySelector("body") ?? root, outline);
  const parsed = outline.finish();
  return { ...parsed, title: parsed.title ?? (title === "" ? null : title) };
}

function visit(element: HTMLElement, outline: Outline): void {
  if (element.tagName === "TR" || !holdsBlocks(element)) return addBlock(element, outline);
  let pendingText = "";
  for (const child of element.childNodes) {
    if (isElement(child) && (BLOCKS.has(child.tagName) || holdsBlocks(child))) {
      outline.text(pendingText);
      pendingText = "";
      visit(child, outline);
    } else {
      pendingText += isElement(child) ? formatInline(child) : child.textContent.replace(/\s+/g, " ");
    }
  }
  outline.text(pendingText);
}

function addBlock(element: HTMLElement, outline: Outline): void {
  const depth = /^H([1-6])$/.exec(element.tagName)?.[1];
  if (depth !== undefined) return outline.heading(Number(depth), toOneLine(element));
  const cells = element.tagName === "TR" ? element.querySelectorAll("td,th") : [];
  if (cells.length > 0) return outline.text(cells.map(toOneLine).join(" | "));
  outline.text(element.tagName === "PRE" ? element.textContent : element.structuredText);
}

/** The library adds no line break after an element, so "<div>a</div>b" would become one word. */
function formatInline(element: HTMLElement): string {
  const isInline = /^(A|ABBR|B|CODE|EM|I|MARK|S|SMALL|SPAN|STRONG|SUB|SUP|TIME|U)$/.test(element.tagName);
  return isInline ? element.textContent.replace(/\s+/g, " ") : `\n${element.structuredText}\n`;
}

function toOneLine(element: HTMLElement | null): string {
  return element?.structuredText.replace(/\s+/g, " ").trim() ?? "";
}

function holdsBlocks(element: HTMLElement): boolean {
  return element.childNodes.some(
    (child) => isElement(child) && (BLOCKS.has(child.tagName) || holdsBlocks(child)),
  );
}

function isElement(node: unknown): node is HTMLElement {
  return typeof node === "object" && node !== null && "tagName" in node && typeof node.tagName === "string";
}
