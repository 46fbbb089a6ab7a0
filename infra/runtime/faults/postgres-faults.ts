import { codeOf, type Fault, type FaultRule, listCauses, toFault } from "./fault.ts";
import { createUnavailable, findNetworkFault } from "./network-faults.ts";

const configuration = (what: string, cause: string, fix: string): FaultRule => ({
  kind: "configuration",
  what,
  cause,
  fix,
});
const outage = (cause: string, fix: string): FaultRule => ({
  kind: "outage",
  what: "unavailable",
  cause,
  fix,
});

const PASSWORD = configuration(
  "password_refused",
  "The user or the password was refused.",
  "Correct the user and password in DATABASE_URL.",
);
const DATABASE = configuration(
  "unknown_database",
  "There is no such database.",
  "Create it with createdb, or correct its name in DATABASE_URL.",
);
const PARAMETER = configuration(
  "parameter_refused",
  "The connection pooler refuses a parameter of the connection.",
  "Add the parameters that Parley sets to ignore_startup_parameters of PgBouncer (docs/servers.md).",
);
const STATEMENTS = configuration(
  "statements_not_kept",
  "The connection pooler does not keep prepared statements.",
  "Set max_prepared_statements of PgBouncer above 0 (docs/servers.md).",
);
const PERMISSION = configuration(
  "permission_missing",
  "The user lacks a permission.",
  "Give the user of DATABASE_URL the rights that docs/deploys.md lists.",
);
const SCHEMA = configuration(
  "schema_missing",
  "A table, column or function of this release does not exist.",
  "Run `parley migrate`.",
);
const READ_ONLY = configuration(
  "read_only",
  "The server accepts no writes: it is a standby, or the database is read-only.",
  "Name the primary in DATABASE_URL.",
);
const FULL = outage(
  "All its connections are in use.",
  "Raise max_connections, or lower DATABASE_POOL_MAX of the processes.",
);

/** SQLSTATEs that are not about the data of one statement. */
const STATES: Readonly<Record<string, FaultRule>> = {
  "28P01": PASSWORD,
  "28000": configuration(
    "user_refused",
    "The user was refused.",
    "Correct the user in DATABASE_URL, or allow it in pg_hba.conf. A server that demands TLS needs sslmode=require.",
  ),
  "3D000": DATABASE,
  "3F000": SCHEMA,
  "42501": PERMISSION,
  "42P01": SCHEMA,
  "42703": SCHEMA,
  "42883": SCHEMA,
  "42704": SCHEMA,
  "42P05": STATEMENTS,
  "26000": STATEMENTS,
  "25006": READ_ONLY,
  "42602": PARAMETER,
  "53300": FULL,
  "53100": outage("Its disk is full.", "Give PostgreSQL more disk space."),
  "53200": outage("It has no memory left.", "Give PostgreSQL more memory, or fewer connections."),
  "57P03": outage("It is starting up or recovering.", "Try again in a few seconds."),
  "57P01": outage("It ended the connection, because it stops.", "Start it again."),
  "57014": outage(
    "A statement reached its time limit.",
    "Look for the load or the lock that slows PostgreSQL down.",
  ),
};

/**
 * PgBouncer gives most of its own errors the code 08P01, so only its words say what they mean. Those that are not listed are an outage:
 * `query_wait_timeout`, a server that it cannot reach.
 */
const POOLER_WORDS: readonly [RegExp, FaultRule][] = [
  [/unsupported startup parameter/i, PARAMETER],
  [/no such database|database does not (exist|allow)|is disabled/i, DATABASE],
  [/auth(entication)? failed|no such user|login rejected|no authentication method/i, PASSWORD],
  [/no more connections allowed/i, FULL],
  [/prepared statement/i, STATEMENTS],
];

/** Errors of the driver, which have no code. */
const DRIVER_WORDS: readonly [RegExp, FaultRule][] = [
  [
    /server does not support SSL/i,
    configuration(
      "no_tls",
      "The server does not offer TLS.",
      "Remove sslmode from DATABASE_URL, or enable ssl on the server.",
    ),
  ],
  [/SASL|SCRAM|client password must be a string/i, PASSWORD],
];

/** The driver's words for a lost or late connection, which has no code either. */
const LOST = /timeout|terminated|not queryable|connection/i;

/** The fault that an error of PostgreSQL, of a pooler in front of it or of the driver reports. */
export function classifyPostgresFault(error: unknown): Fault {
  return findPostgresFault(error) ?? createUnavailable("postgres");
}

/** The same; null for an error that no server, driver or network reports, such as one of our code. */
export function findPostgresFault(error: unknown): Fault | null {
  const causes = listCauses(error).toReversed();
  for (const cause of causes) {
    const code = codeOf(cause);
    if (isSqlState(code)) return toFault("postgres", ruleOfState(code, cause), code);
  }
  // The message of a wrapper contains the query and its values.
  const words = causes[0]?.message ?? "";
  const [, driver] = DRIVER_WORDS.find(([pattern]) => pattern.test(words)) ?? [];
  if (driver !== undefined) return toFault("postgres", driver);
  return findNetworkFault("postgres", error) ?? (LOST.test(words) ? createUnavailable("postgres") : null);
}

/** No SQLSTATE begins with E, and the codes of sockets and files do. */
export function isSqlState(code: unknown): code is string {
  return typeof code === "string" && /^(?!E)[0-9A-Z]{5}$/.test(code);
}

function ruleOfState(state: string, { message }: Error): FaultRule {
  const rule = STATES[state];
  if (rule !== undefined) return rule;
  const [, worded] = POOLER_WORDS.find(([words]) => words.test(message)) ?? [];
  if (state === "08P01" && worded !== undefined) return worded;
  // 25P03 and 25P04: the server ended a session whose transaction rested or lasted for too long.
  if (/^(08|53|57|58|55|40|25P0[34])/.test(state)) return outage("It does not work now.", "See its log.");
  if (/^(22|23|54)/.test(state))
    return {
      kind: "input",
      what: "data_refused",
      cause: "It rejects the data of a statement.",
      fix: "See the log.",
    };
  return {
    kind: "defect",
    what: "statement_refused",
    cause: "It rejects a statement.",
    fix: "Report this as a defect of Parley.",
  };
}
