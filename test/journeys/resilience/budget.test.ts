import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  // Enough for two reservations of 3 cents.
  parley = await openInstallation({ env: { PARLEY_DAILY_BUDGET_USD: "0.06" } });
});
afterAll(() => parley.close());

const awaitAnswered = (id: string) =>
  eventually("an answer", async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );
const budget = async () =>
  (
    await parley.db.execute<{ reserved: number; spent: number }>(
      sql`SELECT reserved_usd::float8 AS reserved, spent_usd::float8 AS spent FROM budget_use WHERE scope = ''`,
    )
  ).rows[0];

describe("the daily budget", () => {
  it("the budget is charged with the actual cost of a turn, and no reservation remains", async () => {
    const { id } = await parley.sendWebhook({ from: "first", text: "Can I return a bell?" });
    const { costUsd } = await awaitAnswered(id);
    expect(costUsd).toBeGreaterThan(0);
    expect(await budget()).toEqual({ reserved: 0, spent: costUsd });
  });

  it("only free replies are sent and no model is called when the budget is spent", async () => {
    await parley.db.execute(sql`UPDATE budget_slots SET spent_usd = 0.05 WHERE scope = ''`);
    const callsBefore = parley.openai.log.entries().filter(({ path }) => path === "/v1/responses").length;
    const known = await parley.sendWebhook({ from: "second", text: "can I return a bell" });
    expect(await awaitAnswered(known.id)).toMatchObject({
      tier: "cached_answer",
      tierReason: "budget_spent",
      costUsd: 0,
    });
    const unknown = await parley.sendWebhook({ from: "third", text: "Do you sell lamps?" });
    expect(await awaitAnswered(unknown.id)).toMatchObject({
      tier: "fixed_text",
      tierReason: "budget_spent",
      costUsd: 0,
    });
    expect(parley.openai.log.entries().filter(({ path }) => path === "/v1/responses")).toHaveLength(
      callsBefore,
    );
  });
});
