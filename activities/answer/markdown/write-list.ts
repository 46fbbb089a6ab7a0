import type { List } from "mdast";
import {
  addSource,
  addText,
  endOf,
  sliceNode,
  startOf,
  type WriteContext,
  writeInner,
} from "./write-children.ts";

/** A sign of any list becomes a hyphen, which SMS has too. "+ 5 EUR" is a sum. */
export function writeList(context: WriteContext, list: List): void {
  const { source } = context;
  let last = startOf(list);
  for (const [i, item] of list.children.entries()) {
    addSource(context, last, startOf(item));
    const [first] = item.children;
    const prefix = source.slice(startOf(item), first === undefined ? endOf(item) : startOf(first));
    const isSum = /^\+\s*\d/.test(sliceNode(source, item));
    const written =
      list.ordered === true
        ? prefix.replace(/^\d+/, String(readNumber(source, list, i)))
        : prefix.replace(/^[*+-]/, isSum ? "+" : "-");
    addText(context, written);
    writeInner(context, item);
    last = endOf(item.children.at(-1) ?? item);
  }
}

/** The number in the source. A list that repeats one number is counted, as every renderer of Markdown does. */
function readNumber(source: string, { children }: List, index: number): number {
  const numbers = children.map((item) => Number.parseInt(source.slice(startOf(item)), 10));
  const [first = 1] = numbers;
  return numbers.every((number) => number === first) ? first + index : (numbers[index] ?? index);
}
