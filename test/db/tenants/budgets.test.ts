import { eq, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockFacts } from "../../../db/delivery/gate-facts.ts";
import { turns } from "../../../db/schema/turns.ts";
import { bookEmbeddings, foldBudgets, planAnswer, settleBudget } from "../../../db/tenants/budgets.ts";
import { setVisitorNetwork } from "../../../db/tenants/visitor-budgets.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("budgets");
});
afterAll(() => opened.close());

/** A turn with a reservation, after which midnight UTC has passed this often. */
async function reserveDaysAgo(days: number, network: string | null = null) {
  const { db, vault } = opened;
  const shares = { visitorBudgetShare: 0.5, networkBudgetShare: 0.5 };
  const turn = await seedTurn(db, vault, { dailyBudgetUsd: 1, ...shares });
  const { tenantId, turnId, conversationId } = turn.scope;
  if (network !== null) await setVisitorNetwork(db, conversationId, network);
  expect(await planAnswer(db, { turnId, usd: 0.25 })).toEqual({ verdict: "reserved", mayAlert: false });
  await db.execute(sql`UPDATE budget_slots SET day = day - ${days}::int WHERE tenant_id = ${tenantId}`);
  await db.execute(sql`UPDATE turns SET reserved_on = reserved_on - ${days}::int WHERE id = ${turnId}`);
  return turn.scope;
}

const readBudgets = async (tenantId: string) =>
  (
    await opened.db.execute(sql`SELECT (now() AT TIME ZONE 'UTC')::date - day AS days_ago,
      reserved_usd::float8 AS reserved, spent_usd::float8 AS spent FROM budget_use WHERE tenant_id = ${tenantId} ORDER BY 1`)
  ).rows;

test("embeddings of documents have a sum of their own for each day, and leave the budget to turns", async () => {
  const { db, vault } = opened;
  const { scope } = await seedTurn(db, vault, { dailyBudgetUsd: 1 });
  const { tenantId, turnId } = scope;
  for (const usd of [0.3, 0.000_000_4, 0]) await bookEmbeddings(db, { tenantId, usd });
  await bookEmbeddings(db, { tenantId, usd: 2 });
  expect(await readBudgets(tenantId)).toEqual([{ days_ago: 0, reserved: 0, spent: 2.3000004 }]);
  expect((await planAnswer(db, { turnId, usd: 0.25 })).verdict).toBe("reserved");
  expect((await db.transaction(async (tx) => await lockFacts(tx, scope))).overspent).toBe(false);
});

test("a turn that is settled after midnight costs the day of its reservation, and no reservation remains", async () => {
  const { tenantId, turnId } = await reserveDaysAgo(1);
  await settleBudget(opened.db, { turnId, spentUsd: 0.1 });
  await settleBudget(opened.db, { turnId, spentUsd: 0.1 });
  expect(await readBudgets(tenantId)).toEqual([{ days_ago: 1, reserved: 0, spent: 0.1 }]);
});

test("a turn that is settled after the slots of its day were folded costs that day, and no reservation remains", async () => {
  const { tenantId, turnId } = await reserveDaysAgo(3);
  expect(await foldBudgets(opened.db, 100)).toBe(1);
  expect(await foldBudgets(opened.db, 100)).toBe(0);
  expect(await readBudgets(tenantId)).toEqual([{ days_ago: 3, reserved: 0.25, spent: 0 }]);
  await settleBudget(opened.db, { turnId, spentUsd: 0.1 });
  expect(await readBudgets(tenantId)).toEqual([{ days_ago: 3, reserved: 0, spent: 0.1 }]);
  expect(await foldBudgets(opened.db, 100)).toBe(1);
  expect(await readBudgets(tenantId)).toEqual([{ days_ago: 3, reserved: 0, spent: 0.1 }]);
});

test("the shares of visitors have the same sums after their slots were folded, and after a later settlement", async () => {
  const { db } = opened;
  const { tenantId, turnId } = await reserveDaysAgo(3, "network-a");
  const ofShares = (usd: { reserved: number; spent: number }) =>
    ["", "network:network-a", `visitors:${tenantId}`].map((scope) => ({ scope, ...usd }));
  const readShares = async () =>
    (
      await db.execute(sql`SELECT scope, reserved_usd::float8 AS reserved, spent_usd::float8 AS spent FROM budget_use
        WHERE tenant_id = ${tenantId} ORDER BY scope`)
    ).rows;
  expect(await foldBudgets(db, 100)).toBe(3);
  expect(await readShares()).toEqual(ofShares({ reserved: 0.25, spent: 0 }));
  await settleBudget(db, { turnId, spentUsd: 0.1 });
  expect(await foldBudgets(db, 100)).toBe(3);
  expect(await readShares()).toEqual(ofShares({ reserved: 0, spent: 0.1 }));
});

test("the slots of today and yesterday are not folded", async () => {
  await reserveDaysAgo(0);
  await reserveDaysAgo(1);
  expect(await foldBudgets(opened.db, 100)).toBe(0);
});

test("the gate compares a turn with the budget of the day of its reservation", async () => {
  const scope = await reserveDaysAgo(1);
  const { tenantId, turnId } = scope;
  await settleBudget(opened.db, { turnId, spentUsd: 0.1 });
  await opened.db.update(turns).set({ costUsd: 0.1 }).where(eq(turns.id, turnId));
  await opened.db.execute(sql`UPDATE budget_slots SET spent_usd = 1.05 WHERE tenant_id = ${tenantId}`);
  // Without its own cost the day is within its budget of 1 USD.
  expect((await opened.db.transaction(async (tx) => await lockFacts(tx, scope))).overspent).toBe(false);
  await opened.db.execute(sql`UPDATE budget_slots SET spent_usd = 1.2 WHERE tenant_id = ${tenantId}`);
  expect((await opened.db.transaction(async (tx) => await lockFacts(tx, scope))).overspent).toBe(true);
});

test("the partitions of the months follow each other without a gap in a session of any time zone", async () => {
  const client = new pg.Client({ connectionString: opened.url });
  await client.connect();
  try {
    await client.query("SET TIME ZONE 'America/New_York'");
    await client.query("SELECT ensure_message_partitions(30)");
    await client.query("SET TIME ZONE 'UTC'");
    const { rows } = await client.query<{ bounds: string }>(`
      SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'messages'::regclass ORDER BY c.relname`);
    const bounds = rows.map((row) => row.bounds.match(/'([^']+)'/g) ?? []);
    expect(bounds.length).toBeGreaterThan(30);
    expect(bounds.slice(1).map(([from]) => from)).toEqual(bounds.slice(0, -1).map(([, to]) => to));
  } finally {
    await client.end();
  }
});
