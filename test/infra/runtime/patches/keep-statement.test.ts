import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { expect, it } from "vitest";
import { tenants } from "../../../../db/schema/tenants.ts";
import { keepStatement } from "../../../../infra/runtime/patches/keep-statement.ts";

/** A connection that answers with its name. */
function openConnection(name: string) {
  const asked: { text: string; values: unknown[] }[] = [];
  const query = async ({ text }: { text: string }, values: unknown[]) => {
    asked.push({ text, values });
    return { rows: [[name]] };
  };
  return { asked, db: drizzle({ client: { query } as unknown as pg.PoolClient }) };
}

it("a kept statement is built once and uses the connection, the transaction and the values of each call", async () => {
  let built = 0;
  const selectTenant = keepStatement((db: Pick<ReturnType<typeof drizzle>, "select">) => {
    built++;
    return db
      .select({ id: tenants.id })
      .from(tenants)
      .where(eq(tenants.id, sql.placeholder("id")));
  });
  const [one, two] = [openConnection("one"), openConnection("two")];
  expect(await selectTenant(one.db, { id: "a" })).toEqual([{ id: "one" }]);
  expect(await selectTenant(two.db, { id: "b" })).toEqual([{ id: "two" }]);
  expect(await two.db.transaction(async (tx) => await selectTenant(tx, { id: "c" }))).toEqual([
    { id: "two" },
  ]);
  expect(await selectTenant(one.db, { id: "d" })).toEqual([{ id: "one" }]);
  expect(built).toBe(1);
  expect(one.asked.map(({ values }) => values)).toEqual([["a"], ["d"]]);
  expect(two.asked.flatMap(({ values }) => values ?? [])).toEqual(["b", "c"]);
});

it("each variant of a kept statement has a text of its own", async () => {
  const count = keepStatement((db: Pick<ReturnType<typeof drizzle>, "select">, { most }: { most: number }) =>
    db
      .select({ id: tenants.id })
      .from(tenants)
      .where(sql`${tenants.id} <> ${sql.placeholder("id")}`)
      .orderBy(sql.raw(String(most))),
  );
  const { asked, db } = openConnection("one");
  for (const most of [1, 2, 1]) await count(db, { id: "a" }, { most });
  expect(asked.map(({ text }) => text.slice(-1))).toEqual(["1", "2", "1"]);
});

it("a variant that is in use stays, however many others are used once", async () => {
  const built: number[] = [];
  const count = keepStatement(
    (db: Pick<ReturnType<typeof drizzle>, "select">, { most }: { most: number }) => {
      built.push(most);
      return db
        .select({ id: tenants.id })
        .from(tenants)
        .where(eq(tenants.id, sql.placeholder("id")));
    },
  );
  const { db } = openConnection("one");
  for (let most = 1; most <= 200; most++) {
    await count(db, { id: "a" }, { most: 0 });
    await count(db, { id: "a" }, { most });
  }
  expect(built.filter((most) => most === 0)).toHaveLength(1);
});
