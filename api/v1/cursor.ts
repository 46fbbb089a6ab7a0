import { z } from "zod";
import type { Page, PageEnd, PageRequest } from "../../db/page.ts";

/** Nothing else reaches the parsers of Postgres, which know no year 0. */
const AT = z.iso.datetime({ precision: 6 }).refine((at) => !at.startsWith("0000"));
const endSchema = (id: z.ZodType<string>) => z.tuple([AT, id]);

function writeCursor({ at, id }: PageEnd): string {
  return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

function readCursor(cursor: string, id: z.ZodType<string>): PageEnd | null {
  try {
    const parsed = endSchema(id).safeParse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
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
        const end = readCursor(value, id);
        if (end !== null) return end;
        context.addIssue("must be the next_cursor of the page before, unchanged");
        return z.NEVER;
      })
      .optional()
      .meta({ description: "The `next_cursor` of the page before." }),
  };
}

export function pageRequest({ limit, cursor }: { limit: number; cursor?: PageEnd | undefined }): PageRequest {
  return { limit, after: cursor ?? null };
}

/** The schema of a page. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });

export function pageBody<Row, Shown>({ rows, next }: Page<Row>, show: (row: Row) => Shown) {
  return { data: rows.map(show), next_cursor: next === null ? null : writeCursor(next) };
}
