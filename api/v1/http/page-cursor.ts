import { z } from "zod";
import type { Page, Cursor, PageRequest } from "../../../db/connection/page.ts";

/** Nothing else reaches the parsers of Postgres, which know no year 0. */
const AT = z.iso.datetime({ precision: 6 }).refine((at) => !at.startsWith("0000"));
const cursorSchema = (id: z.ZodType<string>) => z.tuple([AT, id]);

function encodeCursor({ at, id }: Cursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

function decodeCursor(cursor: string, id: z.ZodType<string>): Cursor | null {
  try {
    const parsed = cursorSchema(id).safeParse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    return parsed.success ? { at: parsed.data[0], id: parsed.data[1] } : null;
  } catch {
    return null;
  }
}

/** What every list takes in its query; spread it into the query's own fields. `id` is what the list's ids look like. */
export function pageQuery(id: z.ZodType<string> = z.uuid()) {
  return {
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100")
      .transform(Number)
      .default(50)
      .meta({ description: "How many at most, 1 to 100.", examples: ["20"] }),
    cursor: z
      .string()
      .transform((value, context) => {
        const end = decodeCursor(value, id);
        if (end !== null) return end;
        context.addIssue("must be the next_cursor of the page before, unchanged");
        return z.NEVER;
      })
      .optional()
      .meta({ description: "The `next_cursor` of the page before." }),
  };
}

export function pageRequest({ limit, cursor }: { limit: number; cursor?: Cursor | undefined }): PageRequest {
  return { limit, keysetBefore: cursor ?? null };
}

/** The schema of a page. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });

export function formatPage<Row, Item>({ rows, next }: Page<Row>, format: (row: Row) => Item) {
  return { data: rows.map(format), next_cursor: next === null ? null : encodeCursor(next) };
}
