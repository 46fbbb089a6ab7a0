import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, inject, it, onTestFinished } from "vitest";
import { connectPostgres, isPostgresAway } from "../../db/postgres.ts";
import { loadConfig } from "../../infra/runtime/config.ts";
import { loseAll, openProxy } from "../faults/proxy/open-proxy.ts";
import { postgresDialogue } from "../faults/proxy/postgres-dialogue.ts";
import { proxiedUrl } from "../faults/proxy/proxied-url.ts";

const url = loadConfig(inject("stackEnv")).DATABASE_URL;

/** One connection, so that one which is not given back is missed at once. */
async function open() {
  const proxy = await openProxy(url, postgresDialogue);
  const options = {
    maxConnections: 1,
    applicationName: "test",
    statementTimeoutMs: 500,
    onError: () => undefined,
  };
  const db = connectPostgres({ url: proxiedUrl(url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  const one = async () => (await db.execute<{ one: number }>(sql`SELECT 1 AS one`)).rows[0]?.one;
  const inTransaction = async () => await db.transaction(async (tx) => await tx.execute(sql`SELECT 1`));
  return { db, proxy, one, inTransaction };
}

it.each(["cut", "hanging"] as const)(
  "a connection that was lost at BEGIN (%s) is not missing from the pool",
  async (left) => {
    const { proxy, one, inTransaction } = await open();
    for (let i = 0; i < 3; i++) {
      await proxy.inject([loseAll({ left })]);
      const error: unknown = await inTransaction().catch((caught: unknown) => caught);
      expect(isPostgresAway(error)).toBe(true);
      // The network stays as it was for connections that hang: only new ones are well.
      await proxy.inject([]);
      expect(await one()).toBe(1);
    }
    expect(proxy.counts()).toEqual({ "lose_answer in_transaction": 3 });
  },
);

it("a connection whose answer is late is waited for once, and by nobody else", async () => {
  const { proxy, one, inTransaction } = await open();
  await proxy.inject([loseAll({ left: "hanging", only: (label) => label === "commit" })]);
  const error: unknown = await inTransaction().catch((caught: unknown) => caught);
  expect(isPostgresAway(error)).toBe(true);
  // The network stays as it was for the connection that hangs: only a new one is well.
  expect(await one()).toBe(1);
  expect(proxy.counts()).toEqual({ "lose_answer commit": 1 });
});

it("a statement whose table was changed below it fails once, and not for as long as its connection lives", async () => {
  const { db } = await open();
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

it("a statement that the server refuses keeps its connection", async () => {
  const { db } = await open();
  const pid = async () =>
    (await db.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`)).rows[0]?.pid;
  const before = await pid();
  const broken = db.transaction(async (tx) => await tx.execute(sql`SELECT 1 / 0`));
  await expect(broken).rejects.toThrow();
  expect(await pid()).toBe(before);
});
