import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tenants } from "../../../../db/schema/tenants.ts";
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
