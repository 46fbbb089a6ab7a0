import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { createKeepResponse } from "../../../activities/answer/keep-response.ts";
import { recordReply } from "../../../db/delivery/deliveries.ts";
import { messages } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { modelResponses, turns } from "../../../db/schema/turns.ts";
import { budgetSlots } from "../../../db/schema/tenants.ts";
import { planAnswer, settleBudget } from "../../../db/tenants/budgets.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { createTurnMemory } from "../../../db/turns/turn-memory.ts";
import { PLANNED_BEFORE, setPlan, type TurnPlan } from "../../../db/turns/turn-plan.ts";
import { findContext, saveContext } from "../../../db/turns/turn-texts.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("late_attempts");
});
afterAll(() => opened.close());

async function seedTurnOf(dailyBudgetUsd: number): Promise<SeededTurn> {
  return await seedTurn(opened.db, opened.vault, { dailyBudgetUsd });
}

async function readPlan({ scope: { turnId, tenantId } }: SeededTurn) {
  const { db } = opened;
  const [turn] = await db.select().from(turns).where(eq(turns.id, turnId));
  const slots = await db.select().from(budgetSlots).where(eq(budgetSlots.tenantId, tenantId));
  return { turn, reserved: slots.map(({ reservedUsd }) => reservedUsd) };
}

const RESPONSE = {
  tier: "full_context",
  model: "gpt-4o",
  providerRequestId: "req-1",
  text: "An answer.",
  inputTokens: 10,
  cachedTokens: 0,
  outputTokens: 5,
  costUsd: 0.02,
};

const SILENCE: TurnPlan = { plan: "silence", silenceReason: "opted_out" };

const reserve = async (turnId: string) => void (await planAnswer(opened.db, { turnId, usd: 0.1 }));
const settle = async (turnId: string) => await settleBudget(opened.db, { turnId, spentUsd: 0 });
const fail = async (turnId: string) =>
  void (await failTurn(opened.db, { turnId, reason: "test", build: "build" }));

/** What other attempts have done with the turn before the late one goes on. */
const EARLIER: Record<string, (turnId: string) => Promise<void>> = {
  "has a reservation": reserve,
  "was recorded": async (turnId) => {
    await reserve(turnId);
    await settle(turnId);
  },
  "has a notice": async (turnId) => await setPlan(opened.db, turnId, { plan: "notice", notice: "help" }),
  "has ended": fail,
};

it.each(Object.entries(EARLIER))(
  "a late attempt of admit changes neither the plan nor the budget of a turn that %s",
  async (_, prepare) => {
    const seeded = await seedTurnOf(10);
    const { turnId } = seeded.scope;
    await prepare(turnId);
    const before = await readPlan(seeded);
    await expect(reserve(turnId)).rejects.toThrow(PLANNED_BEFORE);
    await expect(setPlan(opened.db, turnId, SILENCE)).rejects.toThrow(PLANNED_BEFORE);
    expect(await readPlan(seeded)).toEqual(before);
  },
);

it("a turn for which the budget had no room is planned once, also where the budget grows after that", async () => {
  const seeded = await seedTurnOf(0.05);
  const { turnId } = seeded.scope;
  expect(await planAnswer(opened.db, { turnId, usd: 0.1 })).toMatchObject({ verdict: "no_budget" });
  await expect(planAnswer(opened.db, { turnId, usd: 0.01 })).rejects.toThrow(PLANNED_BEFORE);
  expect(await readPlan(seeded)).toMatchObject({ turn: { plan: "answer", reservedUsd: 0 }, reserved: [] });
});

it("a context that is stored is not replaced, whatever version the turn has", async () => {
  const { db, vault } = opened;
  const { scope } = await seedTurnOf(10);
  const version = await saveContext(db, vault, { scope, version: 0 }, { context: "first", route: {} });
  for (const known of [0, version ?? 0])
    expect(
      await saveContext(db, vault, { scope, version: known }, { context: "second", route: {} }),
    ).toBeNull();
  expect(await findContext(db, vault, scope)).toMatchObject({ context: "first" });
});

const CLOSED = { state: "closed", tier: null, costUsd: 0, reservedUsd: 0 };

it("a completion of a turn that has ended is stored for its cost alone, and the turn and the budget contain it", async () => {
  const { db, vault } = opened;
  const seeded = await seedTurnOf(10);
  const { turnId, tenantId } = seeded.scope;
  await reserve(turnId);
  const turn = await readTurn(db, vault, { turnId, tier: RESPONSE.tier });
  await fail(turnId);
  expect(await readPlan(seeded)).toMatchObject({ turn: CLOSED });
  const keepResponse = createKeepResponse({ db, vault, memory: createTurnMemory() });
  await expect(keepResponse(turn, RESPONSE)).rejects.toThrow("Another attempt has changed the turn.");
  const stored = await db.select().from(modelResponses).where(eq(modelResponses.turnId, turnId));
  expect(stored).toMatchObject([{ unusedCall: "req-1", body: Buffer.alloc(0) }]);
  expect(await readPlan(seeded)).toMatchObject({ turn: { ...CLOSED, costUsd: 0.02 } });
  const { rows } = await db.execute(
    sql`SELECT spent_usd::float8 AS spent FROM budget_use WHERE tenant_id = ${tenantId} AND scope = ''`,
  );
  expect(rows).toEqual([{ spent: 0.02 }]);
});

it("a context of a turn that has ended is not stored", async () => {
  const { db, vault } = opened;
  const { scope } = await seedTurnOf(10);
  await fail(scope.turnId);
  expect(await saveContext(db, vault, { scope, version: 0 }, { context: "late", route: {} })).toBeNull();
  expect(await findContext(db, vault, scope)).toBeNull();
});

it("a reply of a turn that has ended reaches neither the transcript nor the queue of sends", async () => {
  const { db, vault } = opened;
  const seeded = await seedTurnOf(10);
  const { turnId, conversationId } = seeded.scope;
  await db.delete(deliveries).where(eq(deliveries.turnId, turnId));
  const turn = await readTurn(db, vault, { turnId, tier: RESPONSE.tier });
  await fail(turnId);
  const reply = { parts: [toReplyText("Late.")], tier: RESPONSE.tier, reason: null, model: null };
  expect(await recordReply(db, vault, turn, reply)).toEqual({ obstacle: "ended" });
  expect(await db.$count(messages, eq(messages.conversationId, conversationId))).toBe(0);
  expect(await db.$count(deliveries, eq(deliveries.turnId, turnId))).toBe(0);
  expect(await readPlan(seeded)).toMatchObject({ turn: CLOSED });
});
