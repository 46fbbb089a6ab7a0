import type { Image, ImageReference, Link, LinkReference } from "mdast";
import { chooseAddress, readAutolink, readImage, readTarget } from "./markdown-links.ts";
import { createReplyBuilder } from "./reply-builder.ts";
import {
  endOf,
  endOfChildren,
  sliceNode,
  startOf,
  type WriteContext,
  writeChildren,
  writeInner,
} from "./write-children.ts";

export function writeLink(context: WriteContext, node: Link): void {
  const { source, builder } = context;
  const whole = sliceNode(source, node);
  const autolink = readAutolink(whole);
  if (autolink !== null) return builder.add(autolink);
  const wordsEnd = endOfChildren(node) ?? startOf(node) + 1;
  const target = readTarget(source.slice(wordsEnd, endOf(node)));
  if (target === null) return writeChildren(context, node);
  writeWordsAndAddress(context, node, target);
}

export function writeImage({ source, builder }: WriteContext, node: Image): void {
  const image = readImage(sliceNode(source, node));
  if (image === null) return builder.add(sliceNode(source, node));
  const address = chooseAddress(image.alt, image.target);
  builder.add(image.alt);
  if (address !== null) builder.add(image.alt === "" ? address : ` (${address})`);
}

export function writeReference(context: WriteContext, node: LinkReference | ImageReference): void {
  const { source, builder, definitions } = context;
  const target = definitions.get(node.identifier);
  if (target === undefined) return builder.add(sliceNode(source, node));
  if (node.type === "linkReference") return writeWordsAndAddress(context, node, target);
  const alt = /^!\[([^\]]*)\]/.exec(sliceNode(source, node))?.[1] ?? "";
  builder.add(`${alt} (${target})`);
}

function writeWordsAndAddress(context: WriteContext, node: Link | LinkReference, target: string): void {
  const { builder } = context;
  const words = createReplyBuilder();
  writeInner({ ...context, builder: words }, node);
  const { text } = words.finish();
  const address = chooseAddress(text, target);
  // Words that show the address are written as the address: it may have a path that they lack.
  if (address === null && text.trim() !== "" && !target.startsWith("#"))
    return builder.add(target.replace(/^(?:mailto|tel):/i, ""));
  writeInner(context, node);
  if (address !== null) builder.add(text.trim() === "" ? address : ` (${address})`);
}
