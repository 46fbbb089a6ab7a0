import type { Nodes, Parents } from "mdast";
import { readText } from "./read-text.ts";
import type { ReplyBuilder } from "./reply-builder.ts";

export interface WriteContext {
  source: string;
  builder: ReplyBuilder;
  /** The targets of links by reference. */
  definitions: ReadonlyMap<string, string>;
  /** How many quotations the node is inside. Each line begins with as many signs. */
  quotes: number;
  writeNode(context: WriteContext, node: Nodes): void;
}

/** The children, and the source around and between them. */
export function writeChildren(context: WriteContext, node: Parents): void {
  const start = node.type === "root" ? 0 : startOf(node);
  const end = node.type === "root" ? context.source.length : endOf(node);
  const [first] = node.children;
  if (first === undefined) return addSource(context, start, end);
  addSource(context, start, startOf(first));
  writeInner(context, node);
  addSource(context, endOf(node.children.at(-1) ?? first), end);
}

/** From the first child to the last one. */
export function writeInner(context: WriteContext, node: Parents): void {
  const { definitions } = context;
  let last: number | null = null;
  for (const [i, child] of node.children.entries()) {
    if (last !== null) addSource(context, last, startOf(child));
    const isShown =
      child.type !== "thematicBreak" && !(child.type === "definition" && definitions.has(child.identifier));
    if (isShown) context.writeNode(context, child);
    // The lines around a rule are one gap.
    last = isShown ? endOf(child) : startOf(node.children[i + 1] ?? child);
  }
}

export function addSource(context: WriteContext, start: number, end: number): void {
  addText(context, context.source.slice(start, end));
}

export function addText({ builder, quotes }: WriteContext, text: string): void {
  builder.add(readText(text, { quotes, isLineStart: builder.last() === "\n" }));
}

/** The source of a node. The parser's own text comes from the shadow. */
export function sliceNode(source: string, node: Nodes): string {
  return source.slice(startOf(node), endOf(node));
}

/** The end of the last child, or null. */
export function endOfChildren({ children }: Parents): number | null {
  const last = children.at(-1);
  return last === undefined ? null : endOf(last);
}

export function startOf({ position }: Nodes): number {
  return position?.start.offset ?? 0;
}

export function endOf({ position }: Nodes): number {
  return position?.end.offset ?? 0;
}
