import { inject, afterAll, beforeAll, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../../../support/eventually.ts";
import { type Installation, openInstallation } from "../../../../support/open-installation.ts";
import { openTerminal, type Terminal } from "../../open-terminal.ts";

let parley: Installation;
let terminal: Terminal;
beforeAll(async () => {
  parley = await openInstallation();
  terminal = openTerminal({
    ...inject("sandboxEnv"),
    DATABASE_URL: parley.config.DATABASE_URL,
    PARLEY_TASK_QUEUE: parley.config.PARLEY_TASK_QUEUE,
  });
});
afterAll(() => parley.close());

const awaitEnd = async (id: string) =>
  await eventually(`an end of ${id}`, async () => {
    const [row] = await findMessageOutcomes(parley.db, [id]);
    return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
  });

const textsTo = async (to: string) =>
  (await parley.replies()).filter((reply) => reply.to === to).map(({ text }) => text);

/** A contact writes and is answered; the conversation is the newest one. */
async function startConversation(from: string, text: string): Promise<string> {
  const { id } = await parley.sendWebhook({ from, text });
  await awaitEnd(id);
  const { json } = await terminal.parley("conversations", "list", "--limit", "1", "--json");
  return (json["data"] as { id: string }[])[0]?.id ?? "";
}

it("the command line can take a conversation over, reply and hand it back", async () => {
  const id = await startConversation("ada-of-acme", "Can I return a lamp?");
  const run = async (...args: string[]) => await terminal.parley("conversations", ...args, "--json");
  expect(await run("take-over", id, "--agent", "dana")).toMatchObject({
    status: 0,
    json: { taken_over_by: "dana" },
  });
  const during = await parley.sendWebhook({ from: "ada-of-acme", text: "Is anybody there?" });
  expect(await awaitEnd(during.id)).toMatchObject({ state: "suppressed", reason: "taken_over" });
  const before = (await textsTo("ada-of-acme")).length;

  const reply = await run("reply", id, "--agent", "dana", "Dana here: bring it in on Friday.");
  expect(reply).toMatchObject({
    status: 0,
    json: { state: "closed", outcome: "answered", deliveries: [{ part: 1, state: "accepted" }] },
  });
  expect((await textsTo("ada-of-acme")).slice(before)).toEqual(["Dana here: bring it in on Friday."]);
  const { json: shown } = await terminal.parley("conversations", "show", id, "--json");
  expect(shown).toMatchObject({
    taken_over_by: "dana",
  });

  expect((await run("hand-back", id, "--agent", "dana")).json).toMatchObject({
    silent_because: null,
  });
  const after = await parley.sendWebhook({ from: "ada-of-acme", text: "Can I exchange a size?" });
  expect(await awaitEnd(after.id)).toMatchObject({ state: "answered" });
  const { json } = await terminal.parley("conversations", "messages", id, "--json");
  const authors = (json["data"] as { author: string }[]).map(({ author }) => author);
  expect(authors).toEqual(["contact", "assistant", "contact", "agent", "contact", "assistant"]);
});

it("a suppressed reply shows the reason and ends with exit code 1", async () => {
  const id = await startConversation("bo-of-acme", "stop");
  await terminal.parley("conversations", "take-over", id, "--agent", "dana");
  const reply = ["conversations", "reply", id, "--agent", "dana", "One more thing"];
  const { status, json } = await terminal.parley(...reply, "--json");
  expect(status).toBe(1);
  expect(json).toMatchObject({
    state: "closed",
    outcome: "suppressed",
    deliveries: [{ state: "suppressed", code: "opted_out" }],
  });
  expect((await terminal.parley(...reply)).stdout).toBe("Not sent: suppressed, opted_out.\n");
});

it("a slow reply reports its progress on stderr, and its text can come from stdin", async () => {
  const id = await startConversation("cleo-of-acme", "Do you repair bikes?");
  await terminal.parley("conversations", "take-over", id, "--agent", "dana");
  parley.sink.faults.replace([{ match: {}, times: 1, fault: { status: 503 } }]);
  const args = ["conversations", "reply", id, "--agent", "dana", "-", "--json"];
  const { status, json, stderr } = await terminal.spawnParley(args, "A minute,\nplease.\n");
  expect({ status, outcome: json["outcome"] }).toEqual({ status: 0, outcome: "answered" });
  expect(stderr).toMatch(/^not sent yet: intended, next attempt at |^not sent yet: sending, attempt /);
  expect((await textsTo("cleo-of-acme")).at(-1)).toBe("A minute,\nplease.");
});

it("a takeover ends the wait of a handoff", async () => {
  const id = await startConversation("dan-of-acme", "Do you sell bells?");
  const handoff = ["conversations", "handoff", id, "--timeout", "900", "--json"];
  expect((await terminal.parley(...handoff)).json).toMatchObject({
    silent_because: "conversation_paused",
    pause_reason: "handoff",
  });
  expect(await terminal.parley(...handoff)).toMatchObject({
    status: 1,
    json: { error: expect.stringContaining(`parley conversations resume ${id}`) as string },
  });
  const claimed = await terminal.parley("conversations", "take-over", id, "--agent", "dana", "--json");
  expect(claimed.json).toMatchObject({ pause_reason: null, taken_over_by: "dana" });
});
