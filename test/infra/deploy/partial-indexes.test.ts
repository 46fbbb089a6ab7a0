import { type SpawnSyncOptionsWithStringEncoding, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const PROGRAM = fileURLToPath(new URL("../../../infra/deploy/temporal/partial-indexes.ts", import.meta.url));
/** The shapes of Temporal's indexes: the key, a required column, columns that may be null, and the one that is asked for by its null. */
const SCHEMA = `
  DROP TABLE IF EXISTS executions_visibility, schema_version;
  CREATE TABLE schema_version (curr_version text);
  INSERT INTO schema_version VALUES ('1.13');
  CREATE TABLE executions_visibility (namespace_id text NOT NULL, run_id text NOT NULL, start_time timestamp NOT NULL, close_time timestamp,
    status int NOT NULL, keyword01 text, keywordlist01 tsvector, temporalnamespacedivision text, PRIMARY KEY (namespace_id, run_id));
  CREATE INDEX default_idx ON executions_visibility (namespace_id, COALESCE(close_time, '9999-12-31') DESC, start_time DESC, run_id);
  CREATE INDEX by_status ON executions_visibility (namespace_id, status, start_time DESC);
  CREATE INDEX by_keyword_01 ON executions_visibility (namespace_id, keyword01, COALESCE(close_time, '9999-12-31') DESC, run_id);
  CREATE INDEX by_list_01 ON executions_visibility USING gin (keywordlist01);
  CREATE INDEX by_division ON executions_visibility (namespace_id, temporalnamespacedivision, start_time DESC);`;
let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("partial_indexes");
});
beforeEach(async () => {
  await opened.db.execute(sql.raw(SCHEMA));
});
afterAll(() => opened.close());

function environment(): NodeJS.ProcessEnv {
  const { hostname, port, username, pathname } = new URL(opened.url);
  return {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGDATABASE: pathname.slice(1),
  };
}

function run(...args: string[]) {
  const options: SpawnSyncOptionsWithStringEncoding = { env: environment(), encoding: "utf8" };
  return spawnSync(process.execPath, [PROGRAM, ...args], options);
}

/** Ends the connection of a run while its first DROP waits for an open transaction, which is where it has made the old index invalid. */
async function interruptDrop(...args: string[]): Promise<void> {
  const reader = new pg.Client({ connectionString: opened.url });
  await reader.connect();
  await reader.query("BEGIN");
  await reader.query("SELECT 1 FROM executions_visibility");
  // The limit of the server must not end the wait.
  const env = { ...environment(), PGOPTIONS: "-c lock_timeout=1" };
  const program = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: "ignore" });
  const exit = once(program, "exit");
  await eventually("a DROP that waits", async () => {
    const { rows } = await opened.db.execute(sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'parley-partial-indexes'
        AND query LIKE 'DROP INDEX%' AND wait_event_type = 'Lock'`);
    return rows.length > 0;
  });
  expect(await exit).toEqual([1, null]);
  await reader.end();
}

async function readIndexes() {
  const { rows } = await opened.db.execute<{ name: string; definition: string; isValid: boolean }>(sql`
    SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition, indisvalid AS "isValid" FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE indrelid = 'executions_visibility'::regclass ORDER BY 1`);
  return rows;
}

const listPartial = async () =>
  (await readIndexes()).filter(({ definition }) => definition.includes(" WHERE ")).map(({ name }) => name);

it("without --apply nothing changes, with it the indexes of columns that may be null are partial, and --undo restores each one", async () => {
  const before = await readIndexes();
  expect(run().stdout).toContain("2 indexes would become partial");
  expect(await readIndexes()).toEqual(before);
  expect(run("--apply")).toMatchObject({ status: 0, stderr: "" });
  expect(await listPartial()).toEqual(["by_keyword_01", "by_list_01"]);
  expect((await readIndexes()).map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  expect(run("--apply").stdout).toContain("0 indexes are partial now");
  expect(run("--apply", "--undo")).toMatchObject({ status: 0, stderr: "" });
  expect(await readIndexes()).toEqual(before);
});

it("a run continues where another one was interrupted, before and after the old index was dropped, and --undo restores both", async () => {
  const before = await readIndexes();
  const keyword =
    "(namespace_id, keyword01, COALESCE(close_time, '9999-12-31') DESC, run_id) WHERE keyword01 IS NOT NULL";
  await opened.db.execute(sql.raw(`CREATE INDEX by_keyword_01__parley ON executions_visibility ${keyword}`));
  await opened.db.execute(
    sql.raw(`DROP INDEX by_list_01;
    CREATE INDEX by_list_01__parley ON executions_visibility USING gin (keywordlist01) WHERE keywordlist01 IS NOT NULL`),
  );
  expect(run("--apply")).toMatchObject({ status: 0, stderr: "" });
  expect(await listPartial()).toEqual(["by_keyword_01", "by_list_01"]);
  expect(run("--apply", "--undo")).toMatchObject({ status: 0, stderr: "" });
  expect(await readIndexes()).toEqual(before);
});

it("a run whose DROP of an old index was interrupted is continued without the loss of an index", async () => {
  const before = await readIndexes();
  for (const [args, partial] of [
    [["--apply"], ["by_keyword_01", "by_list_01"]],
    [["--apply", "--undo"], []],
  ] as const) {
    await interruptDrop(...args);
    expect((await readIndexes()).filter(({ isValid }) => !isValid)).toHaveLength(1);
    expect(run(...args)).toMatchObject({ status: 0, stderr: "" });
    expect(await listPartial()).toEqual(partial);
    const after = await readIndexes();
    expect(after.map(({ name, isValid }) => ({ name, isValid }))).toEqual(
      before.map(({ name, isValid }) => ({ name, isValid })),
    );
  }
  expect(await readIndexes()).toEqual(before);
});

it("an index of which only invalid copies are left is built again", async () => {
  const before = await readIndexes();
  expect(run("--apply").status).toBe(0);
  const list = "USING gin (keywordlist01) WHERE keywordlist01 IS NOT NULL";
  await opened.db.execute(
    sql.raw(`CREATE INDEX by_list_01__parley ON executions_visibility ${list};
    ALTER INDEX by_keyword_01 RENAME TO by_keyword_01__parley;
    UPDATE pg_index SET indisvalid = false WHERE indexrelid IN
      ('by_list_01'::regclass, 'by_list_01__parley'::regclass, 'by_keyword_01__parley'::regclass)`),
  );
  expect(run("--apply")).toMatchObject({ status: 0, stderr: "" });
  const after = await readIndexes();
  expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  expect(after.every(({ isValid }) => isValid)).toBe(true);
  expect(await listPartial()).toEqual(["by_keyword_01", "by_list_01"]);
});

it("a schema version that the program does not know, or another database, is refused", async () => {
  await opened.db.execute(sql`UPDATE schema_version SET curr_version = '9.9'`);
  expect(run("--apply")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("version 9.9") as string,
  });
  await opened.db.execute(sql`DROP TABLE schema_version`);
  expect(run("--apply")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("PGDATABASE") as string,
  });
  expect(await listPartial()).toEqual([]);
});

it("--undo works under a schema version that the program does not know", async () => {
  const before = await readIndexes();
  expect(run("--apply").status).toBe(0);
  await opened.db.execute(sql`UPDATE schema_version SET curr_version = '9.9'`);
  expect(run("--apply", "--undo")).toMatchObject({ status: 0, stderr: "" });
  expect(await readIndexes()).toEqual(before);
});
