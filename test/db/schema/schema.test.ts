import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeSchema } from "../../../db/connection/describe-schema.ts";
import { migrate } from "../../../db/migrate/migrate.ts";
import { connectPostgres, type Database, isTransientDbError } from "../../../db/connection/postgres.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const DUMP = fileURLToPath(new URL("../../../db/schema/schema.dump.txt", import.meta.url));
let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  opened = await openDatabase("schema", { maxConnections: 2 });
  ({ db } = opened);
});
afterAll(() => opened.close());

describe("the schema", () => {
  it("the migrations create exactly the committed schema dump", async () => {
    const made = await describeSchema(db);
    // UPDATE_SCHEMA_DUMP=1 npm test -- schema rewrites the file after a new migration.
    if (process.env["UPDATE_SCHEMA_DUMP"] === "1") writeFileSync(DUMP, made);
    expect(made).toBe(readFileSync(DUMP, "utf8"));
  });

  it("is the same after two migrations at once", async () => {
    const before = await describeSchema(db);
    await Promise.all([migrate(opened.url), migrate(opened.url), migrate(opened.url)]);
    expect(await describeSchema(db)).toBe(before);
  });

  it("refuses to change or delete what was said", async () => {
    await db.execute(sql`INSERT INTO messages (tenant_id, conversation_id, seq, direction, body, created_at)
      VALUES ('main', gen_random_uuid(), 1, 'inbound', '\\x00', now())`);
    const refusal = (statement: Parameters<Database["execute"]>[0]) =>
      db.execute(statement).then(
        () => null,
        (error: Error) => (error.cause as Error).message,
      );
    expect(await refusal(sql`UPDATE messages SET seq = 2`)).toContain("append-only");
    expect(await refusal(sql`DELETE FROM messages`)).toContain("append-only");
  });

  it("has a partition for this month and the three to come", async () => {
    const { rows } = await db.execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'messages'::regclass`,
    );
    expect(rows[0]?.n).toBe(5);
    const later = new Date(Date.now() + 80 * 24 * 3_600_000).toISOString();
    await db.execute(sql`INSERT INTO messages (tenant_id, conversation_id, seq, direction, body, created_at)
      VALUES ('main', gen_random_uuid(), 1, 'inbound', '\\x00', ${later}::timestamptz)`);
  });
});

describe("isPostgresAway", () => {
  it("an unavailable server is distinguished from a rejected statement", async () => {
    const closed = connectPostgres({
      url: "postgres://nobody@127.0.0.1:1/none",
      maxConnections: 1,
      applicationName: "test",
      onError: () => undefined,
    });
    const failure = (run: Promise<unknown>) =>
      run.then(
        () => null,
        (error: unknown) => error,
      );
    expect(isTransientDbError(await failure(closed.execute(sql`SELECT 1`)))).toBe(true);
    expect(isTransientDbError(await failure(db.execute(sql`SELECT nonsense`)))).toBe(false);
    await closed.$client.end();
  });
});
