import type { Code, Emphasis, Heading, Nodes, Parents, Strong } from "mdast";
import { removeQuoteSigns } from "./read-text.ts";
import {
  addSource,
  endOf,
  endOfChildren,
  sliceNode,
  startOf,
  type WriteContext,
  writeChildren,
  writeInner,
} from "./write-children.ts";
import { writeImage, writeLink, writeReference } from "./write-links.ts";
import { writeList } from "./write-list.ts";
import { writeTable } from "./write-table.ts";

export function writeNode(context: WriteContext, node: Nodes): void {
  const { source, builder } = context;
  switch (node.type) {
    case "root":
    case "paragraph":
      return writeChildren(context, node);
    case "emphasis":
    case "strong":
      return writeEmphasis(context, node);
    case "delete":
      return builder.mark("strike", () => writeInner(context, node));
    case "inlineCode":
      return builder.mark("code", () => builder.add(readInlineCode(sliceNode(source, node))));
    case "code":
      return writeCode(context, node);
    case "break":
      return builder.add("\n");
    case "heading":
      return writeHeading(context, node);
    case "list":
      return writeList(context, node);
    case "blockquote":
      return writeQuote(context, node);
    case "table":
      return writeTable(context, node);
    case "link":
      return writeLink(context, node);
    case "image":
      return writeImage(context, node);
    case "linkReference":
    case "imageReference":
      return writeReference(context, node);
    default:
      return addSource(context, startOf(node), endOf(node));
  }
}

/** The signs of "5*3*2" and "a*b*c" are no emphasis for a reader. */
function writeEmphasis(context: WriteContext, node: Emphasis | Strong): void {
  const { source, builder } = context;
  const sign = source[startOf(node)];
  const around = [source[startOf(node) - 1] ?? "", source[endOf(node)] ?? ""];
  const isNumber = around.some((each) => /\d/.test(each)) && /^[\d*_\s.,]+$/.test(sliceNode(source, node));
  const isProduct =
    node.type === "emphasis" && sign === "*" && around.some((each) => /[A-Za-z0-9]/.test(each));
  if (isNumber || isProduct) return writeChildren(context, node);
  builder.mark(node.type === "strong" ? "bold" : "italic", () => writeInner(context, node));
}

/** "--" after a line ends a letter. Three signs underline a heading. */
function writeHeading(context: WriteContext, node: Heading): void {
  const end = endOfChildren(node);
  const rest = context.source.slice(end ?? 0, endOf(node));
  const isUnderlined = rest.includes("\n");
  if (end === null || (isUnderlined && rest.replace(/[\s>]/g, "").length < 3))
    return writeChildren(context, node);
  context.builder.mark("bold", () => writeInner(context, node));
}

/** "> 100 EUR" is a comparison. */
function writeQuote(context: WriteContext, node: Parents): void {
  if (node.children.length === 0 || /^>\s*[\d\p{Sc}]/u.test(sliceNode(context.source, node)))
    return writeChildren(context, node);
  const inner = { ...context, quotes: context.quotes + 1 };
  context.builder.mark("quote", () => writeInner(inner, node));
}

function readInlineCode(source: string): string {
  const code = source.replace(/^(`+)([\s\S]*)\1$/, "$2").replace(/\n/g, " ");
  return /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code;
}

/** Without its fences and the indentation of a list that it is in. */
function writeCode({ source, builder, quotes }: WriteContext, node: Code): void {
  const [fence = "", ...lines] = removeQuoteSigns(sliceNode(source, node), {
    quotes,
    isLineStart: false,
  }).split("\n");
  const sign = /^[`~]+/.exec(fence)?.[0] ?? "```";
  if (lines.at(-1)?.trim().startsWith(sign) === true) lines.pop();
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min((node.position?.start.column ?? 1) - 1, ...indents);
  builder.mark("pre", () => builder.add(lines.map((line) => line.slice(indent)).join("\n")));
}
