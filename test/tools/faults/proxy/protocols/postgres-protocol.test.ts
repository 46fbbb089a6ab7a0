import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { awaitConnection } from "../../../../support/await-connection.ts";
import { type OpenDatabase, openDatabase } from "../../../../support/open-database.ts";
import { connectPostgres, type Database, isTransientDbError } from "../../../../../db/connection/postgres.ts";
import { createRandom } from "../../random.ts";
import { type FaultProxy, openFaultProxy } from "../fault-proxy.ts";
import { loseAllResponses } from "../open-proxy.ts";
import { openPostgresReader } from "./postgres-protocol.ts";
import { urlThroughProxy, upstreamOf } from "../proxied-url.ts";

const table = "lost_responses";
let opened: OpenDatabase;
let url: string;
let straight: pg.Client;
let proxy: FaultProxy;
let db: Database;

beforeAll(async () => {
  opened = await openDatabase("postgres_protocol");
  ({ url } = opened);
  straight = new pg.Client({ connectionString: url });
  await straight.connect();
  await straight.query(`CREATE TABLE ${table} (n int PRIMARY KEY)`);
});
afterAll(async () => {
  await straight.end();
  await opened.close();
});
beforeEach(async () => {
  await straight.query(`DELETE FROM ${table}`);
  const random = createRandom(1);
  proxy = await openFaultProxy({
    upstream: upstreamOf(url),
    protocol: openPostgresReader,
    random,
  });
  const options = {
    maxConnections: 1,
    applicationName: "test",
    // Only the test of a COMMIT without a response waits for it; shorter, a busy machine could exceed it in an earlier statement.
    statementTimeoutMs: 2_000,
    onError: () => undefined,
  };
  db = connectPostgres({ url: urlThroughProxy(url, proxy), ...options });
  await awaitConnection(db);
  return async () => {
    await proxy.close();
    await db.$client.end();
  };
});

/** Waits for the end of the transaction: its lock on the table conflicts with this one until it is committed or rolled back. */
const readRowsAfterTransaction = async () => {
  await straight.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`);
  const rows = await readRows();
  await straight.query("COMMIT");
  return rows;
};
const insert = (n: number) => sql`INSERT INTO ${sql.identifier(table)} VALUES (${n})`;
const insertInTransaction = async (n: number) =>
  await db.transaction(async (tx) => {
    await tx.execute(insert(n));
  });
const readRows = async () =>
  (await straight.query<{ n: number }>(`SELECT n FROM ${table}`)).rows.map(({ n }) => n);

it("after a COMMIT that lost its response, the row exists and the caller sees an error", async () => {
  await proxy.inject([loseAllResponses({ only: (label) => label === "commit" })]);
  const error: unknown = await insertInTransaction(1).catch((caught: unknown) => caught);
  expect(isTransientDbError(error)).toBe(true);
  expect(await readRows()).toEqual([1]);
  expect(proxy.counts()).toEqual({ "lose_response commit": 1 });
});

it("after a COMMIT that gets no response, the row exists and the caller sees a timeout", async () => {
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging", only: (label) => label === "commit" })]);
  const error: unknown = await insertInTransaction(1).catch((caught: unknown) => caught);
  expect(isTransientDbError(error)).toBe(true);
  expect(await readRowsAfterTransaction()).toEqual([1]);
});

it("PostgreSQL carries out a COMMIT that was disconnected as soon as it was forwarded", async () => {
  await proxy.inject([loseAllResponses({ when: "forwarded", only: (label) => label === "commit" })]);
  await expect(insertInTransaction(1)).rejects.toThrow();
  expect(proxy.counts()).toEqual({ "lose_response commit": 1 });
  expect(await readRowsAfterTransaction()).toEqual([1]);
});

it("a statement that commits itself has another label than a statement in a transaction, which a lost connection rolls back", async () => {
  await proxy.inject([loseAllResponses({ only: (label) => label === "alone" })]);
  await expect(db.execute(insert(1))).rejects.toThrow();
  await insertInTransaction(2);
  await proxy.inject([loseAllResponses({ only: (label) => label === "in_transaction" })]);
  await expect(insertInTransaction(3)).rejects.toThrow();
  expect(await readRows()).toEqual([1, 2]);
  expect(proxy.counts()).toEqual({ "lose_response alone": 1, "lose_response in_transaction": 1 });
});

it("named statements keep their labels, and a healed proxy hits no request", async () => {
  const client = new pg.Client({ connectionString: urlThroughProxy(url, proxy) });
  client.on("error", () => undefined);
  await client.connect();
  const named = { name: "one", text: `INSERT INTO ${table} VALUES ($1)` };
  await client.query({ ...named, values: [1] });
  await proxy.inject([loseAllResponses({ only: (label) => label === "commit" })]);
  await client.query({ ...named, values: [2] });
  await proxy.heal();
  await client.query("BEGIN");
  await client.query({ ...named, values: [3] });
  await client.query("COMMIT");
  await proxy.inject([loseAllResponses()]);
  await expect(client.query({ ...named, values: [4] })).rejects.toThrow();
  expect(await readRows()).toEqual([1, 2, 3, 4]);
  expect(proxy.lostResponses.map(({ label, request }) => [label, String(request)])).toEqual([
    ["alone", named.text],
  ]);
});

it("the proxy does not change a response of many rows", async () => {
  const { rows } = await db.execute(sql`SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 2000) n`);
  expect(rows).toHaveLength(2000);
  expect(proxy.counts()).toEqual({});
});
