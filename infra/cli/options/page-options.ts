import { type Command, InvalidArgumentError } from "commander";
import type { Page, Cursor, PageRequest } from "../../../db/connection/page.ts";
import { describeRows } from "../views/describe-fields.ts";

export interface PageOptions {
  limit: number;
  after?: Cursor;
}

const LIMIT = 1_000;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A list is shown page by page; `id` is what the ids of its rows look like. */
export function addPageOptions(command: Command, id: RegExp = UUID): Command {
  return command
    .option("--limit <n>", "how many at most", parseLimit, 20)
    .option("--after <next>", "what the page before gave as `next`", (text: string) => parseCursor(text, id));
}

export function toPageRequest({ limit, after }: PageOptions): PageRequest {
  return { limit, keysetBefore: after ?? null };
}

/** The page under the list's name, and where the next one begins. */
export function formatPage<Name extends string, Row, Shown>(
  name: Name,
  { rows, next }: Page<Row>,
  show: (row: Row) => Shown,
) {
  const facts = { [name]: rows.map(show), next: next === null ? null : `${next.at}/${next.id}` };
  return facts as Record<Name, Shown[]> & { next: string | null };
}

/** A page as a table. */
export function describePage<Name extends string>(name: Name, columns: readonly string[]) {
  return (facts: Record<Name, readonly object[]> & { next: string | null }): string => {
    const table = describeRows(facts[name], columns);
    return facts.next === null ? table : `${table}\nThere are more: --after ${facts.next}`;
  };
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMIT)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT}.`);
  return limit;
}

function parseCursor(text: string, id: RegExp): Cursor {
  const slash = text.indexOf("/");
  const end = { at: text.slice(0, slash), id: text.slice(slash + 1) };
  if (slash > 0 && TIMESTAMP.test(end.at) && !Number.isNaN(Date.parse(end.at)) && id.test(end.id)) return end;
  throw new InvalidArgumentError("It must be what the page before gave as `next`, unchanged.");
}
