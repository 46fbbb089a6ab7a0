import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FIXED_TEXTS } from "../../activities/answer/prompts/fixed-texts.ts";
import { conversations } from "../../db/schema/conversations.ts";
import { budgetUse, tenants } from "../../db/schema/tenants.ts";
import { planAnswer, settleBudget } from "../../db/tenants/budgets.ts";
import { emitBudgetAlerts, setVisitorNetwork } from "../../db/tenants/visitor-budgets.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { seedTurns } from "../support/seed-turns.ts";
import { openSession, openStream, sendMessage, WEB_ENV } from "../api/web/visitor.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ env: WEB_ENV });
});
afterAll(() => parley.close());

const setTenant = async (change: Partial<typeof tenants.$inferSelect>) =>
  await parley.db.update(tenants).set(change).where(eq(tenants.id, "main"));

it("anonymous visitors who have used their share get a fixed text, and SMS contacts are answered from the rest", async () => {
  // One reservation (0.03 USD) does not fit into the share of a network (0.02), and fits into the budget.
  await setTenant({ dailyBudgetUsd: 0.2, networkBudgetShare: 0.1, visitorBudgetShare: 0.5 });
  const ask = async (text: string) => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    await sendMessage(parley.url, session, text);
    return await eventually("a reply to the visitor", async () =>
      stream.received.events.find(({ event }) => event === "reply"),
    );
  };
  expect((await ask("How long is the frame warranty?")).data["text"]).toBe(FIXED_TEXTS.visitor_limit);
  await parley.sendSms({ from: "+15553334444", text: "How long is the frame warranty?" });
  const [sms] = await eventually("the answer to the SMS", async () => {
    const texts = await parley.texts("+15553334444");
    return texts.length > 0 ? texts : null;
  });
  expect(sms?.body).not.toBe(FIXED_TEXTS.apology);
  expect(sms?.body).not.toBe(FIXED_TEXTS.visitor_limit);

  await setTenant({ dailyBudgetUsd: 50 });
  expect((await ask("How long is the frame warranty?")).data["text"]).not.toBe(FIXED_TEXTS.visitor_limit);
});

it("the visitors of one network and of one account have limits, which a settled turn gives back, and cause one alert", async () => {
  const { db, config } = parley;
  const seeded = await seedTurns(db, createConfiguredVault(config), 6, { dailyBudgetUsd: 1 });
  const [first] = seeded;
  if (first === undefined) throw new Error("No turn was seeded.");
  const { tenantId } = first.scope;
  await db
    .update(tenants)
    .set({ networkBudgetShare: 0.2, visitorBudgetShare: 0.3 })
    .where(eq(tenants.id, tenantId));
  const reserve = async (index: number, network: string | null) => {
    const scope = seeded[index]?.scope;
    if (scope === undefined) throw new Error("There is no such turn.");
    const { turnId, conversationId } = scope;
    // The turns are seeded as those of separate tenants.
    await db.execute(sql`UPDATE turns SET tenant_id = ${tenantId} WHERE id = ${turnId}`);
    await db
      .update(conversations)
      .set({ tenantId, accountId: "main" })
      .where(eq(conversations.id, conversationId));
    if (network !== null) await setVisitorNetwork(db, conversationId, network);
    return (await planAnswer(db, { turnId, usd: 0.1 })).verdict === "reserved" ? turnId : null;
  };
  const one = await reserve(0, "network-a");
  expect([one, await reserve(1, "network-a")]).not.toContain(null);
  expect(await reserve(2, "network-a")).toBeNull();
  expect(await reserve(2, "network-b")).not.toBeNull();
  expect(await reserve(3, "network-c")).toBeNull();
  expect(await reserve(4, null)).not.toBeNull();
  const alerts = await emitBudgetAlerts(db, first.scope);
  expect(alerts.map(({ scope }) => scope).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "network",
    "visitors",
  ]);
  expect(await emitBudgetAlerts(db, first.scope)).toEqual([]);
  await settleBudget(db, { turnId: one ?? "", spentUsd: 0.01 });
  const shares = await db.select().from(budgetUse).where(eq(budgetUse.tenantId, tenantId));
  expect(shares.find(({ scope }) => scope === "network:network-a")).toMatchObject({
    reservedUsd: 0.1,
    spentUsd: 0.01,
  });
  expect(await reserve(5, "network-a")).toBeNull();
  expect(await reserve(5, "network-d")).toBeNull();
});
