import pg from "pg";
import { checkPatch } from "./check-patch.ts";
import { CLIENT_QUERY, QUERY } from "./postgres-targets.ts";

export const LOCAL_SETTINGS_TARGETS = [CLIENT_QUERY, QUERY];

/** Settings of PostgreSQL by their names, with values as `set_config` takes them. */
export type LocalSettings = Readonly<Record<string, string>>;

const BEGINS = /^\s*(begin|start transaction)\b/i;
const ENDS = /^\s*(commit|rollback(?!\s+to)|end|abort)\b/i;

/**
 * A pooler gives each transaction another session of the server, so settings of a session are lost, or are those of another client. This
 * makes them settings of each transaction. BEGIN sets them in its own message. A statement outside of a transaction is preceded by a
 * statement that sets them: the server runs both in one transaction, because they arrive without a Sync between them. Neither costs a
 * round trip.
 */
export function applyLocalSettings(pool: pg.Pool, settings: LocalSettings): void {
  checkPatch("infra/runtime/patches/local-settings.ts", LOCAL_SETTINGS_TARGETS);
  const text = formatSettings(settings);
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    let isInTransaction = false;
    const queryWithSettings = (...[statement, ...rest]: unknown[]) => {
      const sent = readText(statement);
      if (sent === null) return query(statement, ...rest);
      if (BEGINS.test(sent)) {
        isInTransaction = true;
        return query(withText(statement, `${sent}; ${text}`), ...rest);
      }
      if (!isInTransaction) return queryOutside(query, { statement, rest, text });
      if (ENDS.test(sent)) isInTransaction = false;
      return query(statement, ...rest);
    };
    client.query = queryWithSettings as typeof client.query;
  });
}

function formatSettings(settings: LocalSettings): string {
  const quote = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${quote(name)}, ${quote(value)}, true)`,
  );
  return `SELECT ${calls.join(", ")}`;
}

type Callback = (error: Error | null, result?: unknown) => void;

/** pg gives a statement of our own class to the connection as it is, and its result only to a callback. */
function queryOutside(
  query: (...given: unknown[]) => unknown,
  { statement, rest, text }: { statement: unknown; rest: unknown[]; text: string },
): unknown {
  const callback = rest.find((given): given is Callback => typeof given === "function");
  const values = Array.isArray(rest[0]) ? (rest[0] as unknown[]) : undefined;
  const config = typeof statement === "string" ? { text: statement } : (statement as object);
  const send = (done: Callback) => {
    // A statement without values would be sent in a message of its own, which is a transaction of its own.
    const given = {
      ...config,
      queryMode: "extended",
      ...(values === undefined ? {} : { values }),
      callback: done,
    };
    query(new QueryWithSettings(given, text));
  };
  if (callback !== undefined) {
    send(callback);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    send((error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** The parts of pg's `Query` and `Connection` that the class below uses. Their source is checked. */
interface WireQuery {
  name: string | undefined;
  prepare(connection: WireConnection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  handleError(error: Error, connection: WireConnection): void;
}
interface WireConnection {
  submittedNamedStatements: Record<string, string>;
  parse(message: { text: string; name: string }): void;
  bind(message: object): void;
  execute(message: object): void;
}
const Query = pg.Query as unknown as new (config: object) => WireQuery;

class QueryWithSettings extends Query {
  readonly #settings: string;
  #isSetting = false;
  #ownName: string | undefined;

  constructor(config: object, settings: string) {
    super(config);
    this.#settings = settings;
  }

  override prepare(connection: WireConnection): void {
    connection.parse({ text: this.#settings, name: "" });
    connection.bind({});
    connection.execute({});
    super.prepare(connection);
    // The first response to a Parse is that of the settings. pg would take it for that of the named statement.
    this.#isSetting = true;
    this.#ownName = this.name;
    this.name = undefined;
  }

  override handleDataRow(message: unknown): void {
    if (!this.#isSetting) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#isSetting) this.#endSettings();
    else super.handleCommandComplete(message, connection);
  }

  override handleError(error: Error, connection: WireConnection): void {
    if (this.#isSetting) {
      this.#endSettings();
      if (this.name !== undefined) Reflect.deleteProperty(connection.submittedNamedStatements, this.name);
    }
    super.handleError(error, connection);
  }

  #endSettings(): void {
    this.#isSetting = false;
    this.name = this.#ownName;
  }
}

function readText(statement: unknown): string | null {
  if (typeof statement === "string") return statement;
  if (typeof statement !== "object" || statement === null || "submit" in statement) return null;
  return "text" in statement && typeof statement.text === "string" ? statement.text : null;
}

function withText(statement: unknown, text: string): unknown {
  return typeof statement === "string" ? text : { ...(statement as object), text };
}
