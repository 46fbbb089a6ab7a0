import { LRUCache } from "lru-cache";
import type pg from "pg";
import { checkPatch } from "./check-patch.ts";
import { CLIENT_QUERY, PREPARED_EXECUTE } from "./postgres-targets.ts";

export const NAME_STATEMENTS_TARGETS = [CLIENT_QUERY, PREPARED_EXECUTE];

/**
 * Statements with lists of variable length have an unlimited number of texts, and each stays prepared as long as its connection lives.
 * Our own statements have about two hundred texts. The months of the transcript add some each month.
 */
const MAX_NAMES = 400;
/** A connection that never rests keeps the statements of texts that have lost their names. */
const PREPARED_PER_NAME = 1.5;

export interface NameStatementsOptions {
  /** There are more texts than names. Called once. */
  onFull?: ((names: number) => void) | undefined;
  maxNames?: number;
  /** False for a connection to a pooler that does not support names. */
  canName?: (client: pg.ClientBase) => boolean;
}

/**
 * Gives every statement with values a name on all connections of the pool, so that the server parses it once for each connection: parsing
 * is a third of the server's work for our short statements.
 */
export function nameStatements(
  pool: pg.Pool,
  { onFull, maxNames = MAX_NAMES, canName = () => true }: NameStatementsOptions = {},
): void {
  checkPatch("infra/runtime/patches/name-statements.ts", NAME_STATEMENTS_TARGETS);
  const findName = createNames(maxNames, onFull);
  pool.on("connect", (client) => {
    if (!canName(client)) return;
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const prepared = new Set<string>();
    const findPrepared = (text: string) => {
      const name = findName(text);
      if (name === undefined || prepared.has(name)) return name;
      if (prepared.size >= maxNames * PREPARED_PER_NAME) return undefined;
      prepared.add(name);
      return name;
    };
    const queryByName = (...[statement, values, ...rest]: unknown[]) =>
      query(withName(statement, values, findPrepared), values, ...rest);
    client.query = queryByName as typeof client.query;
  });
}

/**
 * The name of a text, or undefined. When all names are in use, a text gets one at its second use, and the text that was not used for the
 * longest time loses its own. A name never gets another text: a connection may have prepared it.
 */
function createNames(maxNames: number, onFull: NameStatementsOptions["onFull"]) {
  const names = new LRUCache<string, string>({ max: maxNames });
  const usedOnce = new LRUCache<string, true>({ max: maxNames });
  let [count, isFull] = [0, false];
  return (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size === maxNames) {
      if (!isFull) onFull?.(maxNames);
      isFull = true;
      if (!usedOnce.delete(text)) {
        usedOnce.set(text, true);
        return undefined;
      }
    }
    const name = `parley_${count++}`;
    names.set(text, name);
    return name;
  };
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
