import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { decodeCursor, type PageJson } from "../../../api/views/page.ts";
import type { Cursor, PageRequest } from "../../../db/connection/page.ts";
import { describeRows } from "../views/describe-fields.ts";

export interface PageOptions {
  limit: number;
  cursor?: Cursor;
}

const MAX_LIMIT = 1_000;

/** A list is shown page by page. `id` is the rule for the ids of its rows. */
export function addPageOptions(command: Command, id: z.ZodType<string> = z.uuid()): Command {
  return command
    .option("--limit <n>", "the maximum number of rows", parseLimit, 20)
    .option("--cursor <cursor>", "the `next_cursor` of the page before", (text: string) =>
      parseCursor(text, id),
    );
}

export function toPageRequest({ limit, cursor }: PageOptions): PageRequest {
  return { limit, keysetBefore: cursor ?? null };
}

/** A page as a table. `toRow` adds columns that are made from several fields. */
export function describePage<Item extends object>(
  columns: readonly string[],
  toRow: (item: Item) => object = (item) => item,
) {
  return { describe: (page: PageJson<Item>): string => describeTable(page, columns, toRow) };
}

function describeTable<Item extends object>(
  page: PageJson<Item>,
  columns: readonly string[],
  toRow: (item: Item) => object,
): string {
  const table = describeRows(page.data.map(toRow), columns);
  return page.next_cursor === null ? table : `${table}\nThere are more: --cursor ${page.next_cursor}`;
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIMIT}.`);
  return limit;
}

function parseCursor(text: string, id: z.ZodType<string>): Cursor {
  const cursor = decodeCursor(text, id);
  if (cursor === null)
    throw new InvalidArgumentError("It must be the `next_cursor` of the page before, unchanged.");
  return cursor;
}
