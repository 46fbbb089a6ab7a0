import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Migration {
  /** The name of its file without `.sql`. */
  name: string;
  /** The id in drizzle's table: when it was generated, ms. */
  at: number;
  hash: string;
  statements: readonly string[];
  /** False for a migration that creates or drops indexes concurrently, which PostgreSQL refuses in a transaction. */
  isTransaction: boolean;
}

/** A migration that cannot be applied: one sentence with the problem and the remedy. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

export const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
/** Each of these can be repeated after an interruption: see `create-index.ts`. */
const CONCURRENT_FORMS = /^(CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY IF EXISTS)\b/;

/** The migrations of a folder in the order of drizzle's journal. Throws a MigrationError for a file that could not be repeated. */
export function readMigrations(folder: string = MIGRATIONS): Migration[] {
  const journal = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, "utf8")) as {
    entries: { tag: string; when: number }[];
  };
  return journal.entries.map(({ tag, when }) => readMigration(folder, tag, when));
}

function readMigration(folder: string, name: string, at: number): Migration {
  const text = readFileSync(`${folder}/${name}.sql`, "utf8");
  const hash = createHash("sha256").update(text).digest("hex");
  const statements = text.split("--> statement-breakpoint").map(stripComments).filter(Boolean);
  const concurrent = statements.filter((statement) => CONCURRENT_FORMS.test(statement));
  if (concurrent.length > 0 && concurrent.length < statements.length)
    throw new MigrationError(
      `Migration ${name} changes an index CONCURRENTLY, so it is no transaction and is repeated from its start after an interruption: move its other statements to another migration.`,
    );
  return { name, at, hash, statements, isTransaction: concurrent.length === 0 };
}

/** Comments in front of a statement. Those inside stay: they may be part of a function. */
function stripComments(statement: string): string {
  return statement.replace(/^(\s*--[^\n]*\n)+/, "").trim();
}
