import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { type Migration, readMigrations } from "../../../db/migrate/read-migrations.ts";
import { findLongLocks } from "./find-long-locks.ts";
import { type OpenSchema, openSchema } from "./open-schema.ts";
import { runWithTraffic } from "./traffic.ts";

let schema: OpenSchema;
let client: pg.Client;
beforeAll(async () => {
  schema = await openSchema({ count: 1 });
  client = await schema.connect();
});
afterAll(() => schema.close());

it("no committed migration after the first delays a message, also while a backup reads every table", async () => {
  const { folder } = schema;
  for (let count = 2; count <= schema.committed; count++) {
    schema.write([], count);
    const migration = readLast();
    expect(await findLongLocks(client, migration)).toEqual([]);
    const run = await runWithTraffic(schema, async (report, endBackup) => {
      if (!migration.isTransaction) await endBackup();
      await migrate(schema.url, { folder, report });
    });
    expect(run.late, migration.name).toEqual([]);
  }
});

function readLast(): Migration {
  const migration = readMigrations(schema.folder).at(-1);
  if (migration === undefined) throw new Error("The folder is empty.");
  return migration;
}

async function checkSample(sql: string): Promise<string[]> {
  schema.write([{ name: "9000_sample", sql }], 1);
  return await findLongLocks(client, readLast());
}

it.each([
  [
    "an index that is not created concurrently",
    `CREATE INDEX i ON inbox (received_at)`,
    /inbox while writers of inbox wait/,
  ],
  ["an index of all partitions", `CREATE INDEX i ON messages (turn_id)`, /messages_\d+_\d+ while writers/],
  [
    "a constraint that reads all rows",
    `ALTER TABLE turns ADD CONSTRAINT c CHECK (restarts >= 0)`,
    /turns while writers of turns wait/,
  ],
  [
    "a foreign key that reads all rows",
    `ALTER TABLE turns ADD CONSTRAINT c FOREIGN KEY (conversation_id) REFERENCES conversations (id)`,
    /wait\. /,
  ],
  [
    "a column that becomes NOT NULL",
    `ALTER TABLE turns ALTER COLUMN closed_at SET NOT NULL`,
    /turns while writers of turns wait/,
  ],
  [
    "a unique constraint with its index",
    `ALTER TABLE turns ADD CONSTRAINT c UNIQUE (workflow_id)`,
    /turns while writers of turns wait/,
  ],
  [
    "a column of another type",
    `ALTER TABLE turns ALTER COLUMN restarts TYPE bigint`,
    /rewrites the table turns/,
  ],
  [
    "a column with a value that differs for each row",
    `ALTER TABLE turns ADD COLUMN c uuid DEFAULT gen_random_uuid()`,
    /rewrites the table turns/,
  ],
  [
    "a generated column",
    `ALTER TABLE turns ADD COLUMN c text GENERATED ALWAYS AS (origin ->> 'x') STORED`,
    /rewrites the table turns/,
  ],
  ["a change of all rows", `UPDATE turns SET outcome = NULL`, /changes rows of the whole table turns/],
  [
    "a change of rows in a block",
    `DO $$ BEGIN DELETE FROM receipts WHERE code = 'x'; END $$`,
    /changes rows of the whole table receipts/,
  ],
  [
    "a constraint that is validated in the transaction that adds it",
    `ALTER TABLE turns ADD CONSTRAINT c CHECK (restarts >= 0) NOT VALID;--> statement-breakpoint\nALTER TABLE turns VALIDATE CONSTRAINT c`,
    /turns while writers of turns wait/,
  ],
  [
    "a report next to a lock of another table",
    `ALTER TABLE tenants ADD COLUMN c text;--> statement-breakpoint\nCREATE TABLE copies AS SELECT id FROM contacts`,
    /contacts while writers of tenants wait/,
  ],
])("%s is refused with the table and the remedy", async (_, sql, reason) => {
  const found = await checkSample(sql);
  expect(found[0]).toMatch(reason);
  expect(found[0]).toMatch(/^9000_sample: .*Use CREATE INDEX CONCURRENTLY/s);
});

it.each([
  ["a new column with a constant default", `ALTER TABLE inbox ADD COLUMN c integer DEFAULT 0 NOT NULL`],
  [
    "a constraint that is not validated",
    `ALTER TABLE turns ADD CONSTRAINT c CHECK (restarts >= 0) NOT VALID`,
  ],
  ["a constraint that was added before and is validated", `ALTER TABLE turns VALIDATE CONSTRAINT before`],
  [
    "a new table with its indexes",
    `CREATE TABLE c (id uuid PRIMARY KEY, at timestamptz);--> statement-breakpoint\nCREATE INDEX i ON c (at)`,
  ],
  ["a change of a table of settings", `UPDATE tenants SET phone_region = NULL`],
  [
    "a change of rows that an index finds",
    `UPDATE inbox SET late = false WHERE turn_id = '00000000-0000-7000-8000-000000000000'`,
  ],
  ["an index that is dropped", `DROP INDEX inbox_turn`],
])("%s passes", async (_, sql) => {
  await client.query("ALTER TABLE turns DROP CONSTRAINT IF EXISTS before");
  await client.query("ALTER TABLE turns ADD CONSTRAINT before CHECK (restarts >= 0) NOT VALID");
  expect(await checkSample(sql)).toEqual([]);
});
