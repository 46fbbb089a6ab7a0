import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { awaitConnection } from "../../../support/await-connection.ts";
import { type OpenDatabase, openDatabase } from "../../../support/open-database.ts";
import { connectPostgres, isTransientDbError } from "../../../../db/connection/postgres.ts";
import { loseAllResponses, openProxy } from "../../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../../tools/faults/proxy/proxied-url.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("pooled_transaction");
});
afterAll(() => opened.close());

/** With one connection, a connection that is not released blocks the next statement. */
async function openTestPool() {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const options = {
    maxConnections: 1,
    applicationName: "test",
    statementTimeoutMs: 500,
    onError: () => undefined,
  };
  const db = connectPostgres({ url: urlThroughProxy(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  await awaitConnection(db);
  const selectOne = async () => (await db.execute<{ one: number }>(sql`SELECT 1 AS one`)).rows[0]?.one;
  const inTransaction = async () => await db.transaction(async (tx) => await tx.execute(sql`SELECT 1`));
  return { db, proxy, selectOne, inTransaction };
}

it.each(["cut", "hanging"] as const)(
  "a connection that is lost at BEGIN (%s) goes back to the pool or is replaced",
  async (left) => {
    const { proxy, selectOne, inTransaction } = await openTestPool();
    for (let i = 0; i < 3; i++) {
      await proxy.inject([loseAllResponses({ connectionLeft: left })]);
      const error: unknown = await inTransaction().catch((caught: unknown) => caught);
      expect(isTransientDbError(error)).toBe(true);
      // Connections that hang stay so; only new ones work.
      await proxy.inject([]);
      expect(await selectOne()).toBe(1);
    }
    expect(proxy.counts()).toEqual({ "lose_response in_transaction": 3 });
  },
);

it("a late response delays one transaction and no later user of the pool", async () => {
  const { proxy, selectOne, inTransaction } = await openTestPool();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging", only: (label) => label === "commit" })]);
  const error: unknown = await inTransaction().catch((caught: unknown) => caught);
  expect(isTransientDbError(error)).toBe(true);
  // The connection that hangs stays so; only a new one works.
  expect(await selectOne()).toBe(1);
  expect(proxy.counts()).toEqual({ "lose_response commit": 1 });
});

it("a statement fails once after its table was changed, not for the life of its connection", async () => {
  const { db } = await openTestPool();
  const table = sql.identifier(`changing_${randomBytes(4).toString("hex")}`);
  await db.execute(sql`CREATE TABLE ${table} (amount integer)`);
  onTestFinished(async () => void (await db.execute(sql`DROP TABLE ${table}`)));
  const read = async () =>
    await db.transaction(
      async (tx) => await tx.execute(sql`SELECT amount FROM ${table} WHERE amount > ${0}`),
    );
  await read();
  await db.execute(sql`ALTER TABLE ${table} ALTER COLUMN amount TYPE text`);
  await db.execute(sql`ALTER TABLE ${table} ALTER COLUMN amount TYPE bigint USING amount::bigint`);
  await expect(read()).rejects.toThrow();
  expect((await read()).rows).toEqual([]);
});

it("a connection stays open after the server refuses a statement", async () => {
  const { db } = await openTestPool();
  const pid = async () =>
    (await db.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`)).rows[0]?.pid;
  const before = await pid();
  const broken = db.transaction(async (tx) => await tx.execute(sql`SELECT 1 / 0`));
  await expect(broken).rejects.toThrow();
  expect(await pid()).toBe(before);
});
