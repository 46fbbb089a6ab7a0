import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHousekeeping } from "../../../activities/worker/housekeeping.ts";
import { deleteOldStepFailures } from "../../../db/health/step-failures.ts";
import { migrate } from "../../../db/migrate/migrate.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("locks");
});
afterAll(() => opened.close());

const listPartitions = async () => {
  const { rows } = await opened.db.execute<{ name: string }>(
    sql`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'messages'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: opened.url });
  await client.connect();
  return client;
}

/** Reads every table until the returned client ends, as pg_dump and a long report do. */
async function readEveryTable(): Promise<pg.Client> {
  const reader = await connect();
  await reader.query("BEGIN");
  const { rows } = await reader.query<{ name: string }>(
    "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
  );
  for (const { name } of rows) await reader.query(`LOCK TABLE ONLY ${name} IN ACCESS SHARE MODE`);
  return reader;
}

/** Stores lines until `work` ends. A line that waits for a lock for longer than 100 ms fails. */
async function insertDuring(work: () => Promise<unknown>): Promise<{ stored: number; late: string[] }> {
  const writer = await connect();
  await writer.query("SET lock_timeout = '100ms'");
  let ended = false;
  const end = work().finally(() => (ended = true));
  let stored = 0;
  const late: string[] = [];
  while (!ended) {
    await writer
      .query(
        "INSERT INTO messages (tenant_id, conversation_id, seq, direction, body, created_at) VALUES ('main', gen_random_uuid(), 1, 'inbound', '', now())",
      )
      .then(
        () => stored++,
        (error: Error) => late.push(error.message),
      );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await writer.end();
  await end;
  return { stored, late };
}

it("the partition of a coming month is created while every table is being read, and no message waits for it", async () => {
  const partitions = await listPartitions();
  await opened.db.execute(sql.raw(`DROP TABLE ${partitions.at(-1)}`));
  const reader = await readEveryTable();
  const { late } = await insertDuring(async () => {
    for (const chore of createHousekeeping(opened.db)) await chore.run();
    await migrate(opened.url);
  });
  await reader.end();
  expect(late).toEqual([]);
  expect(await listPartitions()).toEqual(partitions);
  await expect(opened.db.execute(sql.raw(`DELETE FROM ${partitions.at(-1)}`))).resolves.toBeDefined();
  const { rows } = await opened.db.execute(sql`
    SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'messages_append_only' ORDER BY 1`);
  expect(rows.map(({ name }) => name)).toEqual(["messages", ...partitions]);
});

it("a chore that needs a lock that another session holds fails within its time limit, and messages pass", async () => {
  const [last = ""] = (await listPartitions()).slice(-1);
  await opened.db.execute(sql.raw(`DROP TABLE ${last}`));
  const other = await connect();
  await other.query("BEGIN; LOCK TABLE messages IN SHARE UPDATE EXCLUSIVE MODE");
  const [partitions] = createHousekeeping(opened.db);
  const failure = await insertDuring(async () => {
    await expect(partitions?.run()).rejects.toMatchObject({ cause: { code: "55P03" } });
  });
  expect(failure.late).toEqual([]);
  await other.end();
  await partitions?.run();
  expect(await listPartitions()).toContain(last);
});

it("a table that only has the name of a partition is reported and not used", async () => {
  const [last = ""] = (await listPartitions()).slice(-1);
  await opened.db.execute(sql.raw(`ALTER TABLE messages DETACH PARTITION ${last}`));
  await expect(createHousekeeping(opened.db)[0]?.run()).rejects.toMatchObject({
    cause: { message: `the table ${last} exists and is no partition of messages: attach it or rename it` },
  });
});

it("the oldest failures of steps are deleted first, and a row that another session holds delays none", async () => {
  await opened.db.execute(sql`
    INSERT INTO step_failures SELECT 'screen', 'msg:' || days, 'build', 1, at, at
    FROM (SELECT days, now() - make_interval(days => days) AS at FROM generate_series(0, 4) days) d`);
  const session = await connect();
  await session.query("BEGIN");
  await session.query("SELECT FROM step_failures WHERE workflow_id = 'msg:4' FOR UPDATE");
  expect(await deleteOldStepFailures(opened.db, 1)).toBe(1);
  const listIds = async () => {
    const { rows } = await opened.db.execute<{ id: string }>(
      sql`SELECT workflow_id AS id FROM step_failures ORDER BY 1`,
    );
    return rows.map(({ id }) => id);
  };
  expect(await listIds()).toEqual(["msg:0", "msg:1", "msg:2", "msg:4"]);
  await session.end();
  expect(await deleteOldStepFailures(opened.db, 10)).toBe(3);
  expect(await listIds()).toEqual(["msg:0"]);
});
