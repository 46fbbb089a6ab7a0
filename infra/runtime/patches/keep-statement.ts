import { LRUCache } from "lru-cache";
import { checkPatch } from "./check-patch.ts";
import { PREPARED_EXECUTE } from "./postgres-targets.ts";

/**
 * A prepared statement of drizzle takes its connection from its field `client` at each use. `connectPostgres` checks the same code, so a
 * process with another version does not start.
 */
export const KEEP_STATEMENT_TARGETS = [PREPARED_EXECUTE];

/** The values of the placeholders of a statement, by their names. */
type Values = Readonly<Record<string, unknown>>;

interface Prepared<Rows> {
  execute(values: Record<string, unknown>): Promise<Rows>;
}

/** A query of drizzle. */
interface Preparable<Rows> {
  prepare(name: string): Prepared<Rows>;
}

/** drizzle has the connection of a database or a transaction here. */
interface WithSession {
  _: { session: { client: unknown } };
}

/** None for a statement without variants. */
type VariantArgument<Variant> = [Variant] extends [undefined] ? [] : [Variant];

/** A few months are in use at a time, and old conversations add about twenty. */
const MAX_VARIANTS = 50;
/** `nameStatements` names a statement by its text. */
const NO_NAME = undefined as unknown as string;

/**
 * Builds a statement once. drizzle builds the text of a query at each use, which takes 0.1 to 0.4 ms for the columns of a turn: more than
 * all else that this process does for the statement. Its values are `sql.placeholder(name)`. A statement of drizzle belongs to one connection,
 * so each use takes a copy with the connection of `db`. Each variant is a text of its own.
 */
export function keepStatement<Db extends object, Rows, Variant = undefined>(
  build: (db: Db, variant: Variant) => Preparable<Rows>,
): (db: Db, values: Values, ...[variant]: VariantArgument<Variant>) => Promise<Rows> {
  const kept = new LRUCache<string, Prepared<Rows>>({ max: MAX_VARIANTS });
  return async (db, values, ...given) => {
    const variant = given[0] as Variant;
    const name = variant === undefined ? "" : JSON.stringify(variant);
    let statement = kept.get(name);
    if (statement === undefined) {
      checkPatch("infra/runtime/patches/keep-statement.ts", KEEP_STATEMENT_TARGETS);
      statement = build(db, variant).prepare(NO_NAME);
      kept.set(name, statement);
    }
    const { client } = (db as unknown as WithSession)._.session;
    const own = Object.assign(Object.create(statement) as Prepared<Rows>, { client });
    return await own.execute(values);
  };
}
