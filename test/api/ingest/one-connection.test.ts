import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { InboundMessage } from "../../../api/channels/channel.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const LOG = { warn: () => undefined, error: () => undefined };
let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("one_connection");
});
afterAll(() => opened.close());

it("a message waits for one connection of the pool, whether its contact is new, known or says STOP", async () => {
  const { db, vault } = opened;
  const starter = { startMessage: async () => undefined };
  const { startMessage } = createStartMessage({ db, vault, starter, log: LOG });
  const connect = vi.spyOn(db.$client, "connect");
  const countConnections = async (text: string) => {
    connect.mockClear();
    const message: InboundMessage = {
      kind: "message",
      providerMessageId: text,
      from: "ann",
      text,
      origin: "typed",
      providerTime: null,
    };
    const context = { receivedAt: new Date(), quietMs: 0 };
    const account = sampleAccount({ channel: "webhook" });
    expect(await startMessage(account, message, context)).toBe("stored");
    return connect.mock.calls.length;
  };
  expect(await countConnections("Hello")).toBe(1);
  expect(await countConnections("Are you open?")).toBe(1);
  // The wait for the sends before it asks again, after the message is stored.
  expect(await countConnections("stop")).toBe(2);
});
