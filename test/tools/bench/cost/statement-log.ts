import { closeSync, openSync, readSync, statSync } from "node:fs";

/** One executed statement, from PostgreSQL's log. */
export interface LoggedStatement {
  backend: string;
  application: string;
  database: string;
  /** True once the transaction has an id, so its commit writes a record. */
  hasWritten: boolean;
  /** The activity that ran it. Null outside of activities, and for BEGIN and COMMIT. */
  step: string | null;
  text: string;
}

/** Settings under which `parseStatements` can read the log. */
export const LOG_SETTINGS = {
  log_line_prefix: "<stmt %p|%a|%d|%x> ",
  log_min_duration_statement: "0",
  log_parameter_max_length: "0",
} as const;

const PREFIX = /^<stmt (\d+)\|([^|]*)\|([^|]*)\|(\d+)> LOG: {2}duration: [\d.]+ ms {2}(.*)$/s;
const EXECUTED = /^(?:statement|execute ([^:]*)): (.*)$/s;
/** `name-portals.ts` builds these names. */
const PORTAL = /\/([A-Za-z_]+)\.\d+$/;

/** Parse and bind phases are left out: they belong to the execution that follows. */
export function parseStatements(log: string): LoggedStatement[] {
  return splitRecords(log).flatMap((record) => {
    const [, backend = "", application = "", database = "", transaction = "0", rest = ""] =
      PREFIX.exec(record) ?? [];
    const [found, target = "", text = ""] = EXECUTED.exec(rest) ?? [];
    if (found === undefined) return [];
    const step = PORTAL.exec(target)?.[1] ?? null;
    const named = step === "none" ? null : step;
    return [{ backend, application, database, hasWritten: transaction !== "0", step: named, text }];
  });
}

/** The lines of a statement after its first begin with a tab. */
function splitRecords(log: string): string[] {
  return log.split(/\n(?!\t)/);
}

/** Reads what was added to the file since the last call. */
export function followFile(path: string): () => string {
  let position = statSync(path).size;
  return () => {
    const { size } = statSync(path);
    const buffer = Buffer.alloc(size - position);
    const file = openSync(path, "r");
    readSync(file, buffer, 0, buffer.length, position);
    closeSync(file);
    position = size;
    return buffer.toString("utf8");
  };
}
