import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { createKeepResponse } from "../../../activities/answer/keep-response.ts";
import { recordReply } from "../../../db/delivery/deliveries.ts";
import { contacts } from "../../../db/schema/contacts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { modelResponses, turns } from "../../../db/schema/turns.ts";
import { planAnswer } from "../../../db/tenants/budgets.ts";
import type { ModelResponse } from "../../../db/turns/model-responses.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { createTurnMemory, type RememberedTurn } from "../../../db/turns/turn-memory.ts";
import { saveContext } from "../../../db/turns/turn-texts.ts";
import { newVersion } from "../../../db/turns/turn-version.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedContext, type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

const TIER = "full_context";
let opened: OpenDatabase;
let seeded: SeededTurn;
beforeAll(async () => {
  opened = await openDatabase("keep_response");
});
afterAll(() => opened.close());
/** A turn with a reservation and a context, and without a reply. */
beforeEach(async () => {
  const { db, vault } = opened;
  seeded = await seedTurn(db, vault);
  await db.delete(deliveries).where(eq(deliveries.id, seeded.part.id));
  await planAnswer(db, { turnId: seeded.scope.turnId, usd: 0.05 });
  await seedContext(db, vault, seeded);
});

const isSeeded = () => eq(turns.id, seeded.scope.turnId);
const readSeeded = async () => await readTurn(opened.db, opened.vault, { ...seeded.scope, tier: TIER });
const readRow = async () => (await opened.db.select().from(turns).where(isSeeded()))[0];
/** One attempt of a process of its own. */
const keep = async (turn: RememberedTurn, response: ModelResponse) =>
  await createKeepResponse({ ...opened, memory: createTurnMemory() })(turn, response);

function newResponse(requestId: string, costUsd: number): ModelResponse {
  const usage = { inputTokens: 100, cachedTokens: 0, outputTokens: 20, costUsd };
  return {
    tier: TIER,
    model: "gpt-4o",
    providerRequestId: requestId,
    text: `The text of ${requestId}.`,
    ...usage,
  };
}

async function record(turn: RememberedTurn): Promise<void> {
  const reply = { parts: [toReplyText("An answer.")], tier: TIER, reason: null, model: "gpt-4o" };
  expect(await recordReply(opened.db, opened.vault, turn, reply)).toEqual({ parts: 1 });
}

/** What the budget of the tenant has spent and still reserves, in cents. */
async function readBudget() {
  const { rows } = await opened.db.execute(sql`SELECT round(reserved_usd * 100, 2)::float8 AS reserved,
    round(spent_usd * 100, 2)::float8 AS spent FROM budget_use WHERE tenant_id = ${seeded.scope.tenantId} AND scope = ''`);
  return rows[0];
}

const readUnused = async () =>
  (
    await opened.db.select().from(modelResponses).where(eq(modelResponses.turnId, seeded.scope.turnId))
  ).flatMap(({ unusedCall, body }) => (unusedCall === "" ? [] : [{ unusedCall, bytes: body.length }]));

it("of two completions of a tier the first is used, and the turn pays for both", async () => {
  const turn = await readSeeded();
  const [first, second] = [newResponse("req-1", 0.01), newResponse("req-2", 0.02)];
  expect(await keep(turn, first)).toEqual(first);
  expect(await keep(turn, second)).toEqual(first);
  expect(await readUnused()).toEqual([{ unusedCall: "req-2", bytes: 0 }]);
  await record(await readSeeded());
  expect(await readRow()).toMatchObject({ costUsd: 0.03 });
  expect(await readBudget()).toEqual({ reserved: 0, spent: 3 });
});

it("a completion that is stored again after a lost response of PostgreSQL is paid once", async () => {
  const turn = await readSeeded();
  const response = newResponse("req-1", 0.01);
  expect(await keep(turn, response)).toEqual(response);
  expect(await keep(turn, response)).toEqual(response);
  expect(await readUnused()).toEqual([]);
});

/** A crash of PostgreSQL loses the context, and an attempt stores one. */
async function replaceContext(context: RememberedTurn["context"]): Promise<void> {
  const { db, vault } = opened;
  await db.update(turns).set({ context: null, route: null, version: newVersion() }).where(isSeeded());
  if (context !== null) await saveContext(db, vault, await readSeeded(), context);
}

it("a completion is used where its context was stored again and only the response of PostgreSQL was lost", async () => {
  const turn = await readSeeded();
  await replaceContext(turn.context);
  const response = newResponse("req-1", 0.01);
  expect(await keep(turn, response)).toEqual(response);
  expect(await readUnused()).toEqual([]);
  expect(await readSeeded()).toMatchObject({ response });
});

it("a completion that comes after the reply of another tier is not used, and the turn pays for it", async () => {
  const turn = await readSeeded();
  const reply = { parts: [toReplyText("Sorry.")], tier: "fixed_text", reason: null, model: null };
  await recordReply(opened.db, opened.vault, turn, reply);
  await expect(keep(turn, newResponse("req-1", 0.01))).rejects.toThrow("has changed the turn");
  expect(await readUnused()).toEqual([{ unusedCall: "req-1", bytes: 0 }]);
  expect(await readRow()).toMatchObject({ costUsd: 0.01 });
  expect(await readBudget()).toEqual({ reserved: 0, spent: 1 });
});

it("a completion for a context that another attempt has replaced is not used, and the turn pays for it", async () => {
  const turn = await readSeeded();
  await replaceContext({ context: "another one", route: {} });
  for (let attempt = 1; attempt <= 2; attempt++)
    await expect(keep(turn, newResponse("req-1", 0.01))).rejects.toThrow(
      "Another attempt has changed the turn.",
    );
  expect(await readUnused()).toEqual([{ unusedCall: "req-1", bytes: 0 }]);
  await record(await readSeeded());
  expect(await readRow()).toMatchObject({ costUsd: 0.01 });
});

it("a completion that comes after the reply of another attempt is added to the cost of the turn and to the budget", async () => {
  const turn = await readSeeded();
  await keep(turn, newResponse("req-1", 0.01));
  await record(turn);
  expect(await readBudget()).toEqual({ reserved: 0, spent: 1 });
  const late = newResponse("req-2", 0.02);
  for (let attempt = 1; attempt <= 2; attempt++) await keep(turn, late);
  expect(await readRow()).toMatchObject({ costUsd: 0.03 });
  expect(await readBudget()).toEqual({ reserved: 0, spent: 3 });
});

it("a completion for a contact whose key was destroyed during the call leaves its cost and no text", async () => {
  const turn = await readSeeded();
  await opened.db.update(turns).set({ version: newVersion() }).where(isSeeded());
  await opened.db.update(contacts).set({ dataKey: null }).where(eq(contacts.id, seeded.scope.contactId));
  await expect(keep(turn, newResponse("req-1", 0.01))).rejects.toMatchObject({ name: "Unreadable" });
  expect(await readUnused()).toEqual([{ unusedCall: "req-1", bytes: 0 }]);
});
