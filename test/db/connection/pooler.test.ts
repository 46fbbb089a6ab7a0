import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectDatabase } from "../../../db/health/inspect-database.ts";
import { connectPostgres, type Database, hasSqlState } from "../../../db/connection/postgres.ts";
import { tenants } from "../../../db/schema/tenants.ts";
import { TEST_CONNECT_MS } from "../../support/await-connection.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { openServices, POOLERS, type Services, startPooler } from "../../support/servers/open-services.ts";

/** Fewer sessions than connections to the pooler, so that they change from one transaction to the next. */
const SHARED = { pool_mode: "transaction", default_pool_size: "2", max_prepared_statements: "100" };
const WITHOUT_NAMES = { pool_mode: "transaction", default_pool_size: "2" };

let services: Services;
let database: OpenDatabase;
beforeAll(async () => {
  services = openServices();
  database = await openDatabase("pooler");
});
afterAll(async () => {
  await services.close();
  await database.close();
});

const SETTINGS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "plan_cache_mode",
  "enable_seqscan",
  "timezone",
];

async function readSettings(db: Pick<Database, "execute">): Promise<string[]> {
  const list = sql.join(
    SETTINGS.map((name) => sql`current_setting(${name})`),
    sql`, `,
  );
  const { rows } = await db.execute<{ settings: string[] }>(sql`SELECT ARRAY[${list}] AS settings`);
  return rows[0]?.settings ?? [];
}

const KEPT = ["700ms", "3s", "10s", "auto", "off", "UTC"];
const EACH_TIME = ["900ms", "3s", "10s", "force_custom_plan", "on", "UTC"];

describe.each(Object.entries(POOLERS))("through %s", (_name, { find, hasNames }) => {
  let kept: Database;
  let eachTime: Database;
  let url: string;

  const open = (plans: "kept" | "each_time", statementTimeoutMs: number) =>
    connectPostgres({
      url,
      isPooled: true,
      plans,
      statementTimeoutMs,
      maxConnections: 6,
      applicationName: "test-pooler",
      connectTimeoutMs: TEST_CONNECT_MS,
      onError: () => undefined,
    });

  beforeAll(async () => {
    const settings = hasNames ? SHARED : WITHOUT_NAMES;
    const throughPooler = await startPooler(services, { find, settings, postgresUrl: database.url });
    url = throughPooler(database.url);
    kept = open("kept", 700);
    eachTime = open("each_time", 900);
  });
  afterAll(async () => {
    await kept.$client.end();
    await eachTime.$client.end();
  });

  it("a statement has the settings of its pool, although the sessions of the server are shared", async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const [db, expected] = i % 2 === 0 ? [kept, KEPT] : [eachTime, EACH_TIME];
        if (i % 4 < 2) expect(await readSettings(db)).toEqual(expected);
        else await db.transaction(async (tx) => expect(await readSettings(tx)).toEqual(expected));
      }),
    );
  });

  it("the server ends a statement at its time limit, inside and outside of a transaction", async () => {
    const isTimeout = (error: unknown) => hasSqlState(error, "57014");
    const sleep = sql`SELECT pg_sleep(20)`;
    const errors = await Promise.all([
      kept.execute(sleep).catch((error: unknown) => error),
      kept.transaction(async (tx) => await tx.execute(sleep)).catch((error: unknown) => error),
    ]);
    expect(errors.map(isTimeout)).toEqual([true, true]);
  });

  it("statements with values run on whatever session the pooler gives, and have names only where it keeps them apart", async () => {
    const findTenant = async (on: Pick<Database, "select">, id: string) =>
      await on.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, id));
    const all = Array.from({ length: 60 }, async (_, i) => {
      const db = i % 2 === 0 ? kept : eachTime;
      if (i % 3 === 0) return await db.transaction(async (tx) => await findTenant(tx, "main"));
      return await findTenant(db, "main");
    });
    for (const rows of await Promise.all(all)) expect(rows).toEqual([{ id: "main" }]);
    const { rows } = await kept.execute<{ names: string[] }>(
      sql`SELECT coalesce(array_agg(name), '{}') AS names FROM pg_prepared_statements WHERE statement LIKE '%"tenants"%'`,
    );
    expect(rows[0]?.names.every((name) => name.startsWith("PGBOUNCER_"))).toBe(true);
    if (!hasNames) expect(rows[0]?.names).toEqual([]);
    // Each session may have been asked by the next statement, so one of a few has it.
    else expect(await readNamesOfSessions(kept)).toContainEqual(expect.stringContaining("PGBOUNCER_"));
  });

  it("a refused statement leaves its connection in order, and a rolled back transaction leaves nothing", async () => {
    const insert = async (on: Pick<Database, "execute">) =>
      await on.execute(sql`INSERT INTO tenants SELECT * FROM tenants WHERE id = ${"main"}`);
    for (let i = 0; i < 8; i++) {
      const error = await insert(kept).catch((failure: unknown) => failure);
      expect(hasSqlState(error, "23505")).toBe(true);
      expect(await readSettings(kept)).toEqual(KEPT);
    }
    const aborted = kept.transaction(async (tx) => {
      await tx.execute(sql`UPDATE tenants SET business_name = ${"changed"} WHERE id = ${"main"}`);
      throw new Error("rolled back");
    });
    await expect(aborted).rejects.toThrow("rolled back");
    const { rows } = await eachTime.execute(sql`SELECT 1 FROM tenants WHERE business_name = 'changed'`);
    expect(rows).toEqual([]);
  });

  it("an inspection names a pooler without a direct address, and a direct address that leads to a pooler or to another database", async () => {
    expect(await inspectDatabase({ url: database.url })).toBeNull();
    expect(await inspectDatabase({ url, directUrl: database.url })).toBeNull();
    await kept.execute(sql`CREATE ROLE elsewhere LOGIN SUPERUSER`);
    await kept.execute(sql`ALTER ROLE elsewhere SET timezone = 'Asia/Tokyo'`);
    const elsewhere = Object.assign(new URL(database.url), { username: "elsewhere" }).href;
    expect(await inspectDatabase({ url, directUrl: elsewhere })).toBeNull();
    await kept.execute(sql`DROP ROLE elsewhere`);
    expect(await inspectDatabase({ url })).toMatchObject({ setting: "DATABASE_URL" });
    expect(await inspectDatabase({ url, directUrl: url })).toMatchObject({ setting: "DATABASE_DIRECT_URL" });
    const other = new URL(database.url);
    other.pathname = "/postgres";
    expect(await inspectDatabase({ url, directUrl: other.href })).toMatchObject({
      setting: "DATABASE_DIRECT_URL",
      detail: expect.stringContaining("another database"),
    });
  });
});

async function readNamesOfSessions(db: Database): Promise<string[]> {
  const asked = Array.from({ length: 12 }, async () => {
    const { rows } = await db.execute<{ name: string }>(sql`SELECT name FROM pg_prepared_statements`);
    return rows.map(({ name }) => name);
  });
  return (await Promise.all(asked)).flat();
}

it("a pooler with its default settings works, and one that ends transactions after a statement is named", async () => {
  const { find } = POOLERS["PgBouncer of Debian, without names"];
  const byDefault = await startPooler(services, { find, postgresUrl: database.url });
  const url = byDefault(database.url);
  expect(await inspectDatabase({ url })).toMatchObject({
    fix: expect.stringContaining("DATABASE_DIRECT_URL"),
  });
  const common = {
    maxConnections: 2,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  };
  const db = connectPostgres({ url, isPooled: true, ...common });
  const direct = connectPostgres({ url, ...common });
  const refused = await direct.execute(sql`SELECT 1`).catch((error: unknown) => error);
  // "unsupported startup parameter": so a pooler needs its own setting.
  expect(hasSqlState(refused, "08P01")).toBe(true);
  await direct.$client.end();
  expect((await readSettings(db)).slice(1, 4)).toEqual(["3s", "10s", "force_custom_plan"]);
  await db.$client.end();
  const settings = { pool_mode: "statement" };
  const byStatement = await startPooler(services, { find, settings, postgresUrl: database.url });
  const statementUrl = byStatement(database.url);
  expect(await inspectDatabase({ url: statementUrl, directUrl: database.url })).toMatchObject({
    setting: "DATABASE_URL",
    fix: expect.stringContaining("pool_mode"),
  });
});
