import type pg from "pg";

/**
 * Variable lists make texts without end, and each stays prepared for as long as its connection lives. Ours are some two hundred; what
 * comes above goes without a name.
 */
const MAX_NAMES = 400;

export interface StatementNames {
  of(text: string): string | undefined;
}

/** One per pool: the same text has the same name on each of its connections. */
export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  return {
    of(text) {
      const known = names.get(text);
      if (known !== undefined || names.size === MAX_NAMES) return known;
      const name = `parley_${names.size}`;
      names.set(text, name);
      return name;
    },
  };
}

/**
 * Gives every statement with values a name, so that the server parses it once for each connection and not each time: a third of what our
 * short statements cost it. A pooler in between must know names (PgBouncer from 1.21 on) or lend whole sessions.
 */
export function nameStatements(client: pg.PoolClient, names: StatementNames): void {
  const query = client.query.bind(client) as (...question: unknown[]) => unknown;
  const named = (...[statement, values, ...rest]: unknown[]) =>
    query(withName(statement, values, names), values, ...rest);
  client.query = named as typeof client.query;
}

function withName(statement: unknown, values: unknown, names: StatementNames): unknown {
  if (typeof statement !== "object" || statement === null || !("text" in statement)) return statement;
  if ("name" in statement && statement.name !== undefined) return statement;
  if (!Array.isArray(values) || values.length === 0) return statement;
  const name = names.of(String(statement.text));
  return name === undefined ? statement : { ...statement, name };
}
