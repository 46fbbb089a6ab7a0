import { and, eq, type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSplit } from "../../activities/channels/notation/create-split.ts";
import { createRecord } from "../../activities/record.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { conversations, messages } from "../../db/schema/conversations.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { turns } from "../../db/schema/turns.ts";
import { failTurn } from "../../db/turns/finish-turn.ts";
import { saveResponse } from "../../db/turns/model-responses.ts";
import { createTurnMemory } from "../../db/turns/turn-memory.ts";
import { newVersion } from "../../db/turns/turn-version.ts";
import { runActivity } from "../support/activities/run-activity.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";
import { type SeededTurn, seedTurn } from "../support/seed-turns.ts";

let opened: OpenDatabase;
let seeded: SeededTurn;
beforeAll(async () => {
  opened = await openDatabase("record");
});
afterAll(() => opened.close());
/** A turn with the completion of a fixed text, whose reply is not recorded. */
beforeEach(async () => {
  const { db, vault } = opened;
  seeded = await seedTurn(db, vault);
  await db.delete(deliveries).where(eq(deliveries.turnId, seeded.scope.turnId));
  const response = { tier: "fixed_text", model: null, providerRequestId: null, text: "Hello." };
  const usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, costUsd: 0 };
  await saveResponse(db, vault, { scope: seeded.scope, version: 0 }, { ...response, ...usage });
});

/** The step with a database in which `interfere` runs before each write of a reply that does not have the lock of the conversation. */
async function record(interfere: () => Promise<unknown>) {
  const execute = async (query: SQL) => {
    await interfere();
    return await opened.db.execute(query);
  };
  const db: Database = new Proxy(opened.db, {
    get: (target, name, receiver) =>
      name === "execute" ? execute : (Reflect.get(target, name, receiver) as unknown),
  });
  const webhook = createSplit("plain", () => true);
  const step = createRecord({
    ...opened,
    db,
    memory: createTurnMemory(),
    channels: { webhook } as unknown as Parameters<typeof createRecord>[0]["channels"],
    texts: { screenText: async () => await Promise.reject(new Error("A fixed text needs no screen.")) },
    knownSecrets: [],
  });
  const { turnId } = seeded.scope;
  return await runActivity(async () => await step({ turnId, tier: "fixed_text", reason: null }));
}

const isTurn = () => eq(turns.id, seeded.scope.turnId);

it("a reply is recorded in a conversation whose messages always take the number of its line", async () => {
  const { conversationId, turnId } = seeded.scope;
  const storeMessage = async () =>
    await opened.db
      .update(conversations)
      .set({ nextSeq: sql`${conversations.nextSeq} + 1` })
      .where(eq(conversations.id, conversationId));
  expect(await record(storeMessage)).toEqual({ parts: 1 });
  const isReply = and(eq(messages.turnId, turnId), eq(messages.direction, "outbound"));
  expect(await opened.db.$count(messages, isReply)).toBe(1);
  const [conversation] = await opened.db
    .select()
    .from(conversations)
    .where(eq(conversations.id, conversationId));
  const [line] = await opened.db.select().from(messages).where(isReply);
  expect(line?.seq).toBe((conversation?.nextSeq ?? 0) - 1);
});

it("the error of a reply that is not recorded says whether the turn has changed or has ended", async () => {
  const { db } = opened;
  const change = async () => await db.update(turns).set({ version: newVersion() }).where(isTurn());
  await expect(record(change)).rejects.toThrow("another attempt has changed it");
  const end = async () => await failTurn(db, { turnId: seeded.scope.turnId, reason: "test", build: "build" });
  await expect(record(end)).rejects.toThrow("it has ended");
});
