import type { Table, TableCell } from "mdast";
import { createReplyBuilder } from "./reply-builder.ts";
import { type WriteContext, writeInner } from "./write-children.ts";

/** One line for each row, with the heading of its column before each value. Chats have no columns. */
export function writeTable(context: WriteContext, { children: [head, ...rows] }: Table): void {
  const { builder } = context;
  const headings = (head?.children ?? []).map((cell) => readCell(context, cell).replace(/:$/, ""));
  if (rows.length === 0) return builder.add(headings.filter(Boolean).join(", "));
  for (const [i, row] of rows.entries()) {
    if (i > 0) builder.add("\n");
    let isFirst = true;
    for (const [column, cell] of row.children.entries()) {
      if (readCell(context, cell) === "") continue;
      if (!isFirst) builder.add(", ");
      isFirst = false;
      const heading = headings[column] ?? "";
      if (heading !== "") builder.add(`${heading}: `);
      writeInner(context, cell);
    }
  }
}

function readCell(context: WriteContext, cell: TableCell): string {
  const builder = createReplyBuilder();
  writeInner({ ...context, builder }, cell);
  return builder.finish().text;
}
