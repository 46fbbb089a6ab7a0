import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findRecentLines, findTurnMessages, findTurnScope } from "../../../db/conversations/transcript.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { storeMessageChange } from "../../../db/inbound/message-changes.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("changed_texts");
});
afterAll(() => opened.close());

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));

type Change =
  | { kind: "edit"; text: string; providerTime: Date | null }
  | { kind: "delete"; providerTime: Date };

async function change({ tenantId, channel, accountId, from, ...message }: NewInbound, made: Change) {
  const { providerMessageId: targetMessageId, thread } = message;
  const key = { tenantId, channel, accountId, from, thread, targetMessageId };
  const text = made.kind === "edit" ? made.text : "";
  await storeMessageChange(opened.db, opened.vault, { ...key, ...made, text, changeId: randomUUID() });
}

it("a turn and the turns after it read the last change of each message by the time of the vendor", async () => {
  const { db, vault } = opened;
  const [seeded] = await seedTurns(db, vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const from = randomUUID();
  const store = async (text: string) => {
    const message = { ...newMessage(seeded.scope, { from }), text };
    await storeInbound(db, vault, message);
    return message;
  };
  const [plain, edited, late, deleted] = [
    await store("plain"),
    await store("first text"),
    await store("other text"),
    await store("regretted"),
  ];
  const quiet = { capMs: 0, capMessages: 1 };
  const acquisition = await acquireTurn(db, await findInboxRow(db, plain), quiet);
  if (acquisition.kind !== "acquired") throw new Error("The turn was not acquired.");
  await change(edited, { kind: "edit", text: "newest", providerTime: at(2) });
  await change(edited, { kind: "edit", text: "arrived late", providerTime: at(1) });
  await change(late, { kind: "edit", text: "without a time", providerTime: null });
  await change(late, { kind: "edit", text: "earlier", providerTime: at(9) });
  await change(deleted, { kind: "delete", providerTime: at(3) });
  const texts = ["plain", "newest", "without a time", "(message taken back)"];
  const scope = await findTurnScope(db, acquisition.turnId);
  expect((await findTurnMessages(db, vault, scope)).map(({ text }) => text)).toEqual(texts);
  const lines = await findRecentLines(db, vault, scope, { seq: 100, limit: 10 });
  expect(lines.map(({ text }) => text)).toEqual(texts);
});
