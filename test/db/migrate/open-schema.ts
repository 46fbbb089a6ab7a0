import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { MIGRATIONS } from "../../../db/migrate/read-migrations.ts";

export interface Sample {
  name: string;
  sql: string;
}

/** A database with the schema of the first `count` migrations, and a folder of migrations to which a test adds samples. */
export async function openSchema({ count = Infinity }: { count?: number } = {}) {
  const name = `migrate_${randomBytes(4).toString("hex")}`;
  const url = new URL(inject("sandboxEnv")["DATABASE_URL"] ?? "");
  url.pathname = "/postgres";
  const admin = url.href;
  await runOnce(admin, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const folder = mkdtempSync(join(tmpdir(), "parley-migrations-"));
  const clients: pg.Client[] = [];
  cpSync(MIGRATIONS, folder, { recursive: true });
  const journalPath = join(folder, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(journalPath, "utf8")) as {
    entries: { tag: string; when: number }[];
  };
  const committed = journal.entries;
  let written = 0;
  const write = (samples: readonly Sample[], upTo = Infinity) => {
    for (const sample of samples) writeFileSync(join(folder, `${sample.name}.sql`), sample.sql);
    const last = committed.at(-1)?.when ?? 0;
    written++;
    const added = samples.map((sample, i) => ({ tag: sample.name, when: last + 100 * written + i }));
    writeFileSync(journalPath, JSON.stringify({ entries: [...committed.slice(0, upTo), ...added] }));
  };
  write([], count);
  await migrate(url.href, { folder });

  return {
    url: url.href,
    folder,
    /** How many migrations are committed. */
    committed: committed.length,
    /** The migrations of the folder are the committed ones, or the first of them, and these. */
    write,
    async connect(): Promise<pg.Client> {
      const client = new pg.Client({ connectionString: url.href });
      client.on("error", () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    async close(): Promise<void> {
      for (const client of clients) await client.end();
      await runOnce(admin, `DROP DATABASE ${name} WITH (FORCE)`);
      rmSync(folder, { recursive: true });
    },
  };
}

export type OpenSchema = Awaited<ReturnType<typeof openSchema>>;

async function runOnce(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
