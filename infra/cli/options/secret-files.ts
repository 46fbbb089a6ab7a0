import type { SecretsInput } from "../../../db/tenants/account-secrets.ts";
import { UsageError } from "../usage-error.ts";
import { readText } from "./read-text.ts";

/*
 * Secrets come from files or from stdin, because arguments appear in the shell's history and in the list of processes. No message contains
 * a part of a file.
 */

const DIRECTIONS = ["inbound", "outbound", "handshake"] as const;
type Direction = (typeof DIRECTIONS)[number];

export const SECRET_FILE_HELP =
  "a file with a secret, - for stdin; inbound=, outbound= or handshake= before it says which one, without that it is both inbound and outbound; JSON with these three as fields is taken too";

/** The secrets of the files by their direction. */
export function readSecrets(sources: readonly string[]): SecretsInput {
  const given: Partial<Record<Direction, string>> = {};
  for (const source of sources) {
    const named = DIRECTIONS.find((name) => source.startsWith(`${name}=`));
    const path = named === undefined ? source : source.slice(named.length + 1);
    const secrets =
      named === undefined ? parseUnnamed(readSource(path), path) : { [named]: readSource(path) };
    for (const name of Object.keys(secrets) as Direction[]) {
      if (given[name] !== undefined) throw createUsageError(`gives the ${name} secret twice`);
    }
    Object.assign(given, secrets);
  }
  return given;
}

function parseUnnamed(text: string, path: string): Partial<Record<Direction, string>> {
  if (!text.startsWith("{")) return { inbound: text, outbound: text };
  const fields = parseJson(text);
  const isSecrets = (name: string) => DIRECTIONS.some((known) => known === name);
  if (
    fields === null ||
    !Object.entries(fields).every(([name, value]) => isSecrets(name) && typeof value === "string")
  )
    throw createUsageError(
      `${formatPath(path)} must be JSON like {"inbound": "…", "outbound": "…"}, or the secret alone`,
    );
  return fields;
}

function parseJson(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch {
    // Not logged: text that is no JSON object is the secret itself.
    return null;
  }
}

function readSource(path: string): string {
  const text = readFile(path).trim();
  if (text === "") throw createUsageError(`${formatPath(path)} must not be empty`);
  return text;
}

function readFile(path: string): string {
  try {
    return readText(path);
  } catch {
    // Not logged: the usage error names the file.
    throw createUsageError(`${formatPath(path)} must be a file that can be read, or - for stdin`);
  }
}

const SECRET_LENGTH = 16;

/** An argument that is a secret instead of a file name must not appear in a log of errors. */
function formatPath(path: string): string {
  if (path === "-") return "stdin";
  return path.length < SECRET_LENGTH || path.includes("/") ? path : "(a name that may be a secret)";
}

function createUsageError(message: string): UsageError {
  return new UsageError([{ field: "--secret-file", message }]);
}
