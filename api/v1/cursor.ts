import { z } from "zod";
import type { Page, PageEnd, PageRequest } from "../../db/page.ts";

const END = z.tuple([
  // As Postgres writes a moment: nothing else reaches its parser.
  z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/),
  z.string().min(1).max(128),
]);

export function writeCursor({ at, id }: PageEnd): string {
  return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

function readCursor(cursor: string): PageEnd | null {
  try {
    const parsed = END.safeParse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    return parsed.success ? { at: parsed.data[0], id: parsed.data[1] } : null;
  } catch {
    return null;
  }
}

/** What every list takes in its query; spread it into the query's own fields. */
export const PAGE_QUERY = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100")
    .transform(Number)
    .default(50)
    .meta({ description: "How many at most, 1 to 100.", examples: ["20"] }),
  cursor: z
    .string()
    .transform((value, context) => {
      const end = readCursor(value);
      if (end !== null) return end;
      context.addIssue("must be the next_cursor of the page before, unchanged");
      return z.NEVER;
    })
    .optional()
    .meta({ description: "The `next_cursor` of the page before." }),
};

export function pageRequest({ limit, cursor }: { limit: number; cursor?: PageEnd | undefined }): PageRequest {
  return { limit, after: cursor ?? null };
}

/** The schema of a page. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });

export function pageBody<Row, Shown>({ rows, next }: Page<Row>, show: (row: Row) => Shown) {
  return { data: rows.map(show), next_cursor: next === null ? null : writeCursor(next) };
}
