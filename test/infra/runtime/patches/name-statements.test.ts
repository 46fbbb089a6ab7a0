import { eq, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { tenants } from "../../../../db/schema/tenants.ts";
import { nameStatements } from "../../../../infra/runtime/patches/name-statements.ts";
import { type OpenDatabase, openDatabase } from "../../../support/open-database.ts";

let database: OpenDatabase;
beforeAll(async () => {
  database = await openDatabase("names", { maxConnections: 1 });
});
afterAll(async () => await database.close());

it("the server parses a statement with values once for a connection, inside and outside a transaction, and plans it for each set of values", async () => {
  const { db } = database;
  const selectTenant = async (on: Pick<typeof db, "select">, id: string) =>
    await on.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, id));
  for (let i = 0; i < 9; i++) await selectTenant(db, `nobody_${i}`);
  await db.transaction(async (tx) => await selectTenant(tx, "nobody"));
  await db.execute(sql`SELECT 1 AS unnamed`);
  const { rows } = await db.execute<{ statement: string; plans: string }>(
    sql`SELECT statement, custom_plans AS plans FROM pg_prepared_statements`,
  );
  expect(rows).toEqual([{ statement: expect.stringContaining('"tenants"'), plans: "10" }]);
});

/** One connection, with a limit of names. */
function openPool(maxNames: number) {
  const reports: number[] = [];
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  onTestFinished(() => pool.end());
  nameStatements(pool, { maxNames, onFull: (names) => reports.push(names) });
  const run = async (texts: string) => {
    for (const text of texts) await pool.query({ text: `SELECT $1::int AS ${text}` }, [1]);
  };
  const readPrepared = async () => {
    const { rows } = await pool.query<{ statement: string }>(
      "SELECT statement FROM pg_prepared_statements ORDER BY statement",
    );
    return rows.map(({ statement }) => statement.slice(-1)).join("");
  };
  return { reports, run, readPrepared };
}

it("when all names are in use a text gets one at its second use, and the text with the oldest use loses its own", async () => {
  const { reports, run, readPrepared } = openPool(3);
  await run("abc");
  expect(reports).toEqual([]);
  // Texts that are used once leave the names to the others.
  await run("adef");
  expect(await readPrepared()).toBe("abc");
  await run("d");
  expect(await readPrepared()).toBe("abcd");
  expect(reports).toEqual([3]);
  // It has lost its name, which the connection has prepared for it.
  await run("bb");
  expect(await readPrepared()).toBe("abbcd");
});

it("a connection prepares a limited number of statements, however many texts it gets", async () => {
  const { reports, run, readPrepared } = openPool(4);
  await run("aabbccddeeffgghhiijjkkllmm");
  expect(await readPrepared()).toBe("abcdef");
  await run("mma");
  expect(reports).toEqual([4]);
});
