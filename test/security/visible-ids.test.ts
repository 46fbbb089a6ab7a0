import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { InboundMessage } from "../../api/channels/channel.ts";
import { nameMessageWorkflow } from "../../api/ingest/name-workflow.ts";
import { PLACES } from "./places.ts";

const vault = { hash: (text: string) => createHash("sha256").update(`key\n${text}`).digest() };
const nameOf = (channel: string, message: InboundMessage) =>
  nameMessageWorkflow(vault, { channel, accountId: "main" }, message);

/** Everything in a message that identifies its contact: addresses, and the conversation at the vendor. */
function listNames({ from, aliases = [], thread = "" }: InboundMessage): string[] {
  return [from, ...aliases, ...thread.split(":")].filter((name) => name.length > 2);
}

const MESSAGES = Object.entries(PLACES).flatMap(([channel, places]) =>
  places.flatMap(({ name, event }) => (event?.kind === "message" ? [{ channel, name, message: event }] : [])),
);

it("no workflow id shows who wrote or in which conversation, in clear or in base64, in any place of any channel", () => {
  expect(new Set(MESSAGES.map(({ channel }) => channel)).size).toBe(Object.keys(PLACES).length);
  for (const { channel, name, message } of MESSAGES) {
    const workflowId = nameOf(channel, message);
    const shown = workflowId.slice(`msg:${channel}/main:`.length);
    const decoded = Buffer.from(shown.replace(/^wamid\./, ""), "base64").toString("latin1");
    for (const secret of listNames(message))
      expect([shown.includes(secret), decoded.includes(secret)], `${channel}, ${name}: ${secret}`).toEqual([
        false,
        false,
      ]);
    expect(nameOf(channel, structuredClone(message))).toBe(workflowId);
  }
});

it("an id of the signed webhook that contains the address is hashed, and any other one is shown", () => {
  const show = (providerMessageId: string, from = "+49 170 1234567", thread = "") =>
    nameOf("webhook", {
      kind: "message",
      origin: "typed",
      providerMessageId,
      from,
      thread,
      text: "Hi",
      providerTime: null,
    });
  expect(show("order-4711-1")).toBe("msg:webhook/main:order-4711-1");
  for (const id of ["+491701234567-1", "msg_491701234567", "49-170-1234567-1", "491701234567"])
    expect(show(id), id).toMatch(/^msg:webhook\/main:[\w-]{22}$/);
  expect(show("ada.1", "ada")).not.toContain("ada.1");
  expect(show("4ada1", "ada")).toBe("msg:webhook/main:4ada1");
  expect(show("chat-4711:1", "ada", "chat-4711")).not.toContain("4711");
  // A free text may hold anything.
  expect(show("question of Ada Lovelace", "x")).toMatch(/^msg:webhook\/main:[\w-]{22}$/);
  expect(show("a".repeat(200), "x")).toMatch(/^msg:webhook\/main:[\w-]{22}$/);
});
