import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pauseConversation, resumeConversation } from "../../../db/conversations/pause.ts";
import { handBackIdleVendorTakeovers } from "../../../db/conversations/takeover.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { storeVendorReply } from "../../../db/turns/agent-replies.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createEventSteps, type EventSteps } from "../events/event-steps.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;
let steps: EventSteps;

beforeAll(async () => {
  opened = await openDatabase("takeover");
  ({ db, vault } = opened);
  steps = createEventSteps(opened);
});
afterAll(() => opened.close());

it("an agent who replies in the vendor's inbox takes the conversation over once, and inactivity hands it back", async () => {
  const seeded = await steps.seedTurn();
  for (const providerMessageId of ["m1", "m2"])
    await storeVendorReply(db, vault, seeded.scope, { providerMessageId, text: "On it", providerTime: null });
  await db
    .update(conversations)
    .set({ takenOverAt: new Date(Date.now() - 60_000) })
    .where(eq(conversations.id, seeded.scope.conversationId));
  await handBackIdleVendorTakeovers(db, { idleMs: 30_000, limit: 100 });
  expect(await steps.readEventTypes(seeded)).toEqual(["conversation.taken_over", "conversation.handed_back"]);
});

it("an agent who replies in the vendor's inbox ends the handoff but no pause by an operator", async () => {
  for (const [reason, left] of [
    ["handoff", null],
    ["operator", "operator"],
  ] as const) {
    const { scope } = await steps.seedTurn();
    await pauseConversation(db, scope.conversationId, reason);
    await storeVendorReply(db, vault, scope, { providerMessageId: "m1", text: "On it", providerTime: null });
    const [row] = await db.select().from(conversations).where(eq(conversations.id, scope.conversationId));
    expect(row?.pauseReason).toBe(left);
    expect(row?.pausedAt === null).toBe(left === null);
  }
});

it("a handoff that an operator ends has not timed out", async () => {
  const seeded = await steps.seedTurn();
  await pauseConversation(db, seeded.scope.conversationId, "handoff");
  await resumeConversation(db, seeded.scope.conversationId);
  expect(await steps.readEventTypes(seeded)).toEqual([
    "conversation.handoff.requested",
    "conversation.resumed",
  ]);
});
