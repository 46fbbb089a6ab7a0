import type pg from "pg";
import { checkPatch } from "./check-patch.ts";
import { CLIENT_QUERY, PREPARED_EXECUTE } from "./postgres-targets.ts";

export const NAME_STATEMENTS_TARGETS = [CLIENT_QUERY, PREPARED_EXECUTE];

/**
 * Statements with lists of variable length have an unlimited number of texts, and each stays prepared as long as its connection lives.
 * Our own statements have about two hundred texts; further ones get no name.
 */
const MAX_NAMES = 400;

/**
 * Gives every statement with values a name on all connections of the pool, so that the server parses it once for each connection: parsing
 * is a third of the server's work for our short statements. A pooler between us and the server must support named statements (PgBouncer
 * from 1.21 on) or lend whole sessions.
 */
export function nameStatements(pool: pg.Pool): void {
  checkPatch("infra/runtime/patches/name-statements.ts", NAME_STATEMENTS_TARGETS);
  const names = new Map<string, string>();
  const findName = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size === MAX_NAMES) return known;
    const name = `parley_${names.size}`;
    names.set(text, name);
    return name;
  };
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const queryByName = (...[statement, values, ...rest]: unknown[]) =>
      query(withName(statement, values, findName), values, ...rest);
    client.query = queryByName as typeof client.query;
  });
}

function withName(
  statement: unknown,
  values: unknown,
  findName: (text: string) => string | undefined,
): unknown {
  if (typeof statement !== "object" || statement === null || !("text" in statement)) return statement;
  if ("name" in statement && statement.name !== undefined) return statement;
  if (!Array.isArray(values) || values.length === 0) return statement;
  const name = findName(String(statement.text));
  return name === undefined ? statement : { ...statement, name };
}
