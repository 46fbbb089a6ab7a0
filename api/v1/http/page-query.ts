import { z } from "zod";
import type { Cursor, PageRequest } from "../../../db/connection/page.ts";
import { decodeCursor } from "../../views/page.ts";

/** The query fields of every list; spread them into the list's own fields. `id` is the rule for ids of the list. */
export function pageQuery(id: z.ZodType<string> = z.uuid()) {
  return {
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100")
      .transform(Number)
      .default(50)
      .meta({
        description: "The maximum number of rows.",
        // What a query has is a text. The document shows what it means.
        type: "integer",
        minimum: 1,
        maximum: 100,
        examples: [20],
      }),
    cursor: z
      .string()
      .transform((value, context) => {
        const cursor = decodeCursor(value, id);
        if (cursor !== null) return cursor;
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
