import type pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenSchema, openSchema } from "./open-schema.ts";
import { runWithTraffic } from "./traffic.ts";

let schema: OpenSchema;
let client: pg.Client;
beforeAll(async () => {
  schema = await openSchema();
  client = await schema.connect();
});
afterEach(async () => {
  await client.query("DROP INDEX IF EXISTS sample");
});
afterAll(() => schema.close());

const run = async (sql: string, report?: (line: string) => void) => {
  schema.write([{ name: "9000_sample", sql }]);
  await migrate(schema.url, { folder: schema.folder, ...(report && { report }) });
};
const INDEX = `CREATE INDEX CONCURRENTLY "sample" ON "inbox" USING btree ("received_at","seq");`;
const INDEX_OF_PARTITIONS = `CREATE INDEX CONCURRENTLY "sample" ON "messages" USING btree ("turn_id");`;

/** Each index of the sample with its validity. */
async function listIndexes(): Promise<Record<string, boolean>> {
  const { rows } = await client.query<{ name: string; valid: boolean }>(
    "SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index WHERE indexrelid::regclass::text LIKE '%sample%' ORDER BY 1",
  );
  return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]));
}

/** Waits until the migration waits for the backup, and ends its process as a crash does. */
async function killMigration(): Promise<void> {
  await eventually("the migration waits", async () => {
    const { rowCount } = await client.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'parley-migrate' AND datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'virtualxid'",
    );
    return rowCount === 1;
  });
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley-migrate' AND datname = current_database()",
  );
}

it("a migration that needs strong locks on several tables lets writers pass while a backup reads them, and ends after it", async () => {
  const alter = (table: string) => `ALTER TABLE ${table} ADD COLUMN sample text`;
  const sql = ["tenants", "inbox", "turns", "messages"].map(alter).join(";--> statement-breakpoint\n");
  const { late, reports } = await runWithTraffic(schema, async (report) => await run(sql, report));
  expect(late).toEqual([]);
  expect(reports).toEqual([
    "Migration 9000_sample waits for another session that uses its table. It is tried every second.",
  ]);
  await client.query("SELECT sample FROM messages");
});

it("a process that dies while it creates an index leaves an invalid one, and the next run replaces it", async () => {
  const { late } = await runWithTraffic(schema, async (_, endBackup) => {
    const died = expect(run(INDEX)).rejects.toThrow();
    await killMigration();
    await died;
    expect(await listIndexes()).toEqual({ sample: false });
    await endBackup();
    await run(INDEX);
  });
  expect(late).toEqual([]);
  expect(await listIndexes()).toEqual({ sample: true });
});

it("an index of a partitioned table is created on each partition, also after a crash between two of them", async () => {
  const { late } = await runWithTraffic(schema, async (_, endBackup) => {
    const died = expect(run(INDEX_OF_PARTITIONS)).rejects.toThrow();
    await killMigration();
    await died;
    await endBackup();
    await client.query("SELECT ensure_message_partitions(4)");
    await run(INDEX_OF_PARTITIONS);
  });
  expect(late).toEqual([]);
  const { rows } = await client.query<{ attached: number; partitions: number; valid: boolean }>(
    `SELECT (SELECT count(*)::int FROM pg_inherits WHERE inhparent = 'sample'::regclass) AS attached,
       (SELECT count(*)::int FROM pg_inherits WHERE inhparent = 'messages'::regclass) AS partitions,
       (SELECT indisvalid FROM pg_index WHERE indexrelid = 'sample'::regclass) AS valid`,
  );
  expect(rows).toEqual([{ attached: 6, partitions: 6, valid: true }]);
});

it("a unique index of rows that are not unique is refused, and no invalid index stays", async () => {
  await client.query("INSERT INTO alerts (name, detail) VALUES ('a', 'same'), ('b', 'same')");
  const sql = `CREATE UNIQUE INDEX CONCURRENTLY "sample" ON "alerts" USING btree ("detail");`;
  await expect(run(sql)).rejects.toMatchObject({ code: "23505" });
  expect(await listIndexes()).toEqual({});
});

it.each(["inbox", "messages"])(
  "an index of %s with the name of another table's index is refused, and the other index stays",
  async (table) => {
    await client.query("CREATE INDEX sample ON tenants (created_at)");
    const sql = `CREATE INDEX CONCURRENTLY "sample" ON "${table}" USING btree ("tenant_id");`;
    await expect(run(sql)).rejects.toThrow('relation "sample" already exists');
    expect(await listIndexes()).toEqual({ sample: true });
  },
);

it("a second migration says that it waits for the first one, and then ends", async () => {
  await client.query("SELECT pg_advisory_lock(hashtext('parley:migrate'))");
  const reports: string[] = [];
  schema.write([]);
  const second = migrate(schema.url, { folder: schema.folder, report: (line) => reports.push(line) });
  await eventually("a report", async () => reports.length > 0);
  await client.query("SELECT pg_advisory_unlock(hashtext('parley:migrate'))");
  await second;
  expect(reports).toEqual(["Another process migrates this database. This migration waits for its end."]);
});

it("a concurrent index next to other statements is refused before anything runs", async () => {
  const sql = `ALTER TABLE tenants ADD COLUMN mixed text;--> statement-breakpoint\n${INDEX}`;
  await expect(run(sql)).rejects.toThrow(
    /^Migration 9000_sample changes an index CONCURRENTLY.*another migration\.$/,
  );
  await expect(client.query("SELECT mixed FROM tenants")).rejects.toThrow("does not exist");
});

it("a database of a build before the first release is refused with a sentence", async () => {
  await client.query("UPDATE drizzle.__drizzle_migrations SET created_at = created_at - 1");
  await expect(migrate(schema.url)).rejects.toThrow(
    /^The database has the schema of a build before the first release/,
  );
});
