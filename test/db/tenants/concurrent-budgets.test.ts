import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tenants } from "../../../db/schema/tenants.ts";
import { modelResponses } from "../../../db/schema/turns.ts";
import { planAnswer, settleBudget } from "../../../db/tenants/budgets.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTenantTurns } from "./seed-tenant-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("concurrent_budgets", { maxConnections: 10 });
});
afterAll(() => opened.close());

const LIMIT_USD = 1;
const SHARES = { visitorBudgetShare: 0.5, networkBudgetShare: 0.2 };
/** Of each budget, by the beginning of its scope. */
const LIMIT_OF: Record<string, number> = { "": LIMIT_USD, visitors: 0.5, network: 0.2 };

interface Use extends Record<string, unknown> {
  scope: string;
  reserved: number;
  spent: number;
}

/** In whole ten-thousandths of a dollar, so that sums are exact. */
const readUses = async (tenantId: string): Promise<Use[]> =>
  (
    await opened.db
      .execute<Use>(sql`SELECT split_part(scope, ':', 1) AS scope, (reserved_usd * 10000)::int AS reserved,
      (spent_usd * 10000)::int AS spent FROM budget_use WHERE tenant_id = ${tenantId} ORDER BY scope`)
  ).rows;

function expectWithinLimits(uses: readonly Use[]): void {
  for (const { scope, reserved, spent } of uses)
    expect(reserved + spent, scope).toBeLessThanOrEqual((LIMIT_OF[scope] ?? 0) * 10_000);
}

/** One turn from its reservation to its end. Money is in hundredths of a dollar. */
const course = fc.record({
  network: fc.constantFrom(null, null, "a", "b"),
  reserved: fc.integer({ min: 1, max: 12 }),
  /** A part of the reservation. */
  cost: fc.double({ min: 0, max: 1, noNaN: true }),
  end: fc.constantFrom("settle", "settle", "settle twice", "fail", "fail twice"),
  isAlertShareChanged: fc.boolean(),
});
type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

async function runTurn(tenantId: string, turnId: string, planned: Course) {
  const { db } = opened;
  const usd = planned.reserved / 100;
  const { verdict } = await planAnswer(db, { turnId, usd });
  if (planned.isAlertShareChanged)
    await db.update(tenants).set({ budgetAlertShare: planned.cost }).where(eq(tenants.id, tenantId));
  const costUsd = verdict === "reserved" ? Math.floor(planned.cost * planned.reserved * 100) / 10_000 : 0;
  const counts = { inputTokens: 1, cachedTokens: 0, outputTokens: 1 };
  const response = { turnId, tenantId, tier: "full", body: Buffer.alloc(1), costUsd, ...counts };
  await db.insert(modelResponses).values(response);
  const isTwice = planned.end.endsWith("twice");
  const end = async () => {
    if (planned.end.startsWith("settle")) await settleBudget(db, { turnId, spentUsd: costUsd });
    else await failTurn(db, { turnId, reason: "test", build: "build" });
  };
  await Promise.all(isTwice ? [end(), end()] : [end()]);
  return { verdict, isVisitor: planned.network !== null, cost: Math.round(costUsd * 10_000) };
}

test("concurrent turns never reserve more than a budget or a share, and leave nothing but their costs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(course, { minLength: 12, maxLength: 30 }), async (courses) => {
      const tenant = { dailyBudgetUsd: LIMIT_USD, ...SHARES };
      const networks = courses.map(({ network }) => network);
      const { tenantId, turnIds } = await seedTenantTurns(opened, tenant, networks);
      let isRunning = true;
      const watch = async () => {
        while (isRunning) {
          expectWithinLimits(await readUses(tenantId));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const watching = watch();
      const ended = await Promise.all(
        turnIds.map(async (turnId, index) => await runTurn(tenantId, turnId, courses[index] as Course)),
      ).finally(() => (isRunning = false));
      await watching;
      const uses = await readUses(tenantId);
      expectWithinLimits(uses);
      expect(uses.filter(({ reserved }) => reserved !== 0)).toEqual([]);
      const sum = (some: typeof ended) => some.reduce((total, { cost }) => total + cost, 0);
      expect(uses.find(({ scope }) => scope === "")?.spent ?? 0).toBe(sum(ended));
      expect(uses.find(({ scope }) => scope === "visitors")?.spent ?? 0).toBe(
        sum(ended.filter(({ isVisitor }) => isVisitor)),
      );
    }),
    { numRuns: 4 },
  );
}, 60_000);

test("turns of all slots at once are refused only when the budget has no room for another one", async () => {
  const { db } = opened;
  const networks = Array.from({ length: 61 }, () => null);
  const { tenantId, turnIds } = await seedTenantTurns(opened, { dailyBudgetUsd: LIMIT_USD }, networks);
  const [last = "", ...others] = turnIds;
  const plans = await Promise.all(others.map(async (turnId) => await planAnswer(db, { turnId, usd: 0.03 })));
  expect(plans.filter(({ verdict }) => verdict === "reserved")).toHaveLength(33);
  expect(await readUses(tenantId)).toEqual([{ scope: "", reserved: 9_900, spent: 0 }]);
  expect(await planAnswer(db, { turnId: last, usd: 0.01 })).toMatchObject({ verdict: "reserved" });
});

test("the turn that brings a budget to the level of its alert says so, and no turn before it", async () => {
  const { db } = opened;
  const tenant = { dailyBudgetUsd: LIMIT_USD, budgetAlertShare: 0.75 };
  const { turnIds } = await seedTenantTurns(
    opened,
    tenant,
    Array.from({ length: 20 }, () => null),
  );
  const due: boolean[] = [];
  for (const turnId of turnIds) due.push((await planAnswer(db, { turnId, usd: 0.05 })).mayAlert);
  expect(due.indexOf(true)).toBe(14);
});

test("a lower limit counts from the next turn on, whatever the slots were granted", async () => {
  const { db } = opened;
  const { tenantId, turnIds } = await seedTenantTurns(opened, { dailyBudgetUsd: 100 }, [null, null, null]);
  const [first = "", second = "", third = ""] = turnIds;
  expect(await planAnswer(db, { turnId: first, usd: 0.5 })).toEqual({ verdict: "reserved", mayAlert: false });
  await db.update(tenants).set({ dailyBudgetUsd: 0.6 }).where(eq(tenants.id, tenantId));
  expect(await planAnswer(db, { turnId: second, usd: 0.5 })).toEqual({
    verdict: "no_budget",
    mayAlert: true,
  });
  expect(await planAnswer(db, { turnId: third, usd: 0.1 })).toEqual({ verdict: "reserved", mayAlert: true });
});
