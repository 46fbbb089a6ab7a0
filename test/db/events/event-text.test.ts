import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findEventText } from "../../../db/events/event-text.ts";
import { takeOverConversation } from "../../../db/conversations/takeover.ts";
import { storeMessageChange } from "../../../db/inbound/message-changes.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { type SeededTurn } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createEventSteps, type EventSteps } from "./event-steps.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;
let steps: EventSteps;

beforeAll(async () => {
  opened = await openDatabase("event_text");
  ({ db, vault } = opened);
  steps = createEventSteps(opened);
});
afterAll(() => opened.close());

describe("the text of an event", () => {
  const textOf = async (seeded: SeededTurn) => {
    const [event] = await steps.readEvents(seeded);
    if (event === undefined) throw new Error("No event was emitted.");
    return await findEventText(db, vault, event);
  };

  it("the text of an event is the text that the contact wrote", async () => {
    const seeded = await steps.seedTurn();
    await steps.write(seeded, "Where is my bike?");
    expect(await textOf(seeded)).toBe("Where is my bike?");
  });

  it("the text of an event is the edited text, or null after a deletion", async () => {
    const seeded = await steps.seedTurn();
    const { scope, address } = seeded;
    await steps.write(seeded, "Where is my bke?", "m1");
    const key = { tenantId: scope.tenantId, channel: scope.channel, accountId: scope.accountId };
    const change = { ...key, from: address, thread: "", targetMessageId: "m1" };
    const timesOf = (ms: number) => ({ providerTime: new Date(ms), receivedAt: new Date() });
    await storeMessageChange(db, vault, {
      ...change,
      ...timesOf(1),
      changeId: "c1",
      kind: "edit",
      text: "Where is my bike?",
    });
    expect(await textOf(seeded)).toBe("Where is my bike?");
    await storeMessageChange(db, vault, {
      ...change,
      ...timesOf(2),
      changeId: "c2",
      kind: "delete",
      text: "",
    });
    expect(await textOf(seeded)).toBeNull();
  });

  it("the text of an event is the reply part that the event is about", async () => {
    const seeded = await steps.seedTurn();
    await steps.acceptPart(seeded);
    expect(await textOf(seeded)).toBe("An answer.");
  });

  it("an event that is not about a message has no text", async () => {
    const seeded = await steps.seedTurn();
    await takeOverConversation(db, seeded.scope.conversationId, "ada");
    expect(await textOf(seeded)).toBeUndefined();
  });
});
