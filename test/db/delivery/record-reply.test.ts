import { eq, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { messageLabel } from "../../../db/conversations/append-line.ts";
import { recordReply } from "../../../db/delivery/deliveries.ts";
import { messages } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { turns } from "../../../db/schema/turns.ts";
import { planAnswer } from "../../../db/tenants/budgets.ts";
import { type ModelResponse, saveResponse } from "../../../db/turns/model-responses.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("record_reply");
});
afterAll(() => opened.close());

const RESPONSE: ModelResponse = {
  tier: "full_context",
  model: "gpt-4o",
  providerRequestId: null,
  text: "An answer.",
  inputTokens: 10,
  cachedTokens: 0,
  outputTokens: 5,
  costUsd: 0.02,
};

/** A turn with a reservation and a completion, whose reply is not recorded. */
async function seedUnrecorded(): Promise<SeededTurn> {
  const { db, vault } = opened;
  const [seeded] = await seedTurns(db, vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const { turnId } = seeded.scope;
  await db.delete(deliveries).where(eq(deliveries.turnId, turnId));
  await planAnswer(db, { turnId, usd: 0.5 });
  await saveResponse(db, vault, { scope: seeded.scope, version: 0 }, RESPONSE);
  return seeded;
}

const readAsStored = async ({ scope: { turnId } }: SeededTurn) =>
  await readTurn(opened.db, opened.vault, { turnId, tier: RESPONSE.tier });

const record = async (turn: Parameters<typeof recordReply>[2], ...parts: string[]) =>
  await recordReply(opened.db, opened.vault, turn, {
    parts: parts.map(toReplyText),
    tier: RESPONSE.tier,
    reason: null,
    model: RESPONSE.model,
  });

async function readRecorded({ scope }: SeededTurn) {
  const { db, vault } = opened;
  const { conversationId, turnId } = scope;
  const lines = await db.select().from(messages).where(eq(messages.conversationId, conversationId));
  const parts = await db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, turnId))
    .orderBy(deliveries.part);
  const [turn] = await db.select().from(turns).where(eq(turns.id, turnId));
  const { rows } = await db.execute(
    sql`SELECT reserved_usd::float8 AS reserved, spent_usd::float8 AS spent FROM budget_use WHERE tenant_id = ${scope.tenantId}`,
  );
  return {
    lines: lines.map(({ seq, body }) => [seq, vault.open(scope, messageLabel(conversationId, seq), body)]),
    parts: parts.map(({ part, state, body }) => [
      part,
      state,
      vault.open(scope, `delivery:${turnId}:${part}`, body),
    ]),
    turn: { tier: turn?.tier, model: turn?.model, costUsd: turn?.costUsd, reservedUsd: turn?.reservedUsd },
    budget: rows[0],
  };
}

const NOT_RECORDED = {
  lines: [],
  parts: [],
  turn: { tier: null, model: null, costUsd: 0, reservedUsd: 0.5 },
  budget: { reserved: 0.5, spent: 0 },
};

it("a reply is recorded with its line, its parts, its stamp and its cost, and a second call returns what the first has stored", async () => {
  const seeded = await seedUnrecorded();
  const turn = await readAsStored(seeded);
  expect(await record(turn, "One.", "Two.")).toEqual({ parts: 2 });
  const recorded = await readRecorded(seeded);
  expect(recorded).toEqual({
    lines: [[turn.nextSeq, "One.\nTwo."]],
    parts: [
      [0, "intended", "One."],
      [1, "intended", "Two."],
    ],
    turn: { tier: "full_context", model: "gpt-4o", costUsd: 0.02, reservedUsd: 0 },
    budget: { reserved: 0, spent: 0.02 },
  });
  // Another build may split the reply in another way.
  expect(await record(await readAsStored(seeded), "One.", "Two", "halves.")).toEqual({ parts: 2 });
  expect(await record(turn, "Another answer.")).toEqual({ parts: 2 });
  expect(await readRecorded(seeded)).toEqual(recorded);
});

it("of two attempts at the same time one records the reply, and both return its parts", async () => {
  const seeded = await seedUnrecorded();
  const turn = await readAsStored(seeded);
  const [one, other] = await Promise.all([record(turn, "One."), record(turn, "One", "half.")]);
  expect(one).toEqual(other);
  const { lines, parts } = await readRecorded(seeded);
  expect(lines).toHaveLength(1);
  expect(one).toEqual({ parts: parts.length });
});

it("nothing is recorded for a version of the turn that the store does not have", async () => {
  const seeded = await seedUnrecorded();
  const turn = await readAsStored(seeded);
  expect(await record({ ...turn, version: turn.version + 1 }, "One.")).toEqual({ obstacle: "changed" });
  expect(await readRecorded(seeded)).toEqual(NOT_RECORDED);
});

it.each([
  [
    "took the number of the line",
    "line_taken",
    "UPDATE conversations SET next_seq = next_seq + 1 WHERE contact_id = $1",
  ],
  ["ended the key of the contact", "changed", "UPDATE contacts SET data_key = '\\x00' WHERE id = $1"],
])(
  "nothing is recorded where another transaction %s during the wait for the conversation",
  async (_, obstacle, change) => {
    const seeded = await seedUnrecorded();
    const turn = await readAsStored(seeded);
    const rival = new pg.Client({ connectionString: opened.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query(change, [seeded.scope.contactId]);
    const recording = record(turn, "One.");
    await eventually("the wait for the lock", async () => {
      const { rows } = await opened.db.execute(sql`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%record_reply%'`);
      return rows.length > 0;
    });
    await rival.query("COMMIT");
    await rival.end();
    expect(await recording).toEqual({ obstacle });
    expect(await readRecorded(seeded)).toEqual(NOT_RECORDED);
  },
);
