import { z } from "zod";
import type { Cursor, Page } from "../../db/connection/page.ts";
import { defineView, type Shape, type View } from "./view.ts";

/** Postgres has no year 0, so such a cursor is refused here. */
const AT = z.iso.datetime({ precision: 6 }).refine((at) => !at.startsWith("0000"));

/** A page of any list: `next_cursor` is null on the last one. */
export interface PageJson<Item> {
  data: Item[];
  next_cursor: string | null;
}

export function formatPage<Row, Item>({ rows, next }: Page<Row>, format: (row: Row) => Item): PageJson<Item> {
  return { data: rows.map(format), next_cursor: next === null ? null : encodeCursor(next) };
}

export function pageView<V extends View>(item: V, ...examples: Shape<V>[]) {
  const schema = z.object({ data: z.array(item.schema as V["schema"]), next_cursor: z.string().nullable() });
  const data = examples.length === 0 ? [item.example] : examples;
  return defineView(schema, { data, next_cursor: null } as z.input<typeof schema>);
}

function encodeCursor({ at, id }: Cursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

/** Null for text that is not a `next_cursor` of this list. `id` is the rule for ids of the list. */
export function decodeCursor(cursor: string, id: z.ZodType<string>): Cursor | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const parsed = z.tuple([AT, id]).safeParse(json);
    return parsed.success ? { at: parsed.data[0], id: parsed.data[1] } : null;
  } catch {
    // Not logged: the response says that the cursor is invalid.
    return null;
  }
}
