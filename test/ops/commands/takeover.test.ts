import { inject, afterAll, beforeAll, expect, it } from "vitest";
import { outcomesOf } from "../../../db/outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { openTerminal, type Terminal } from "../open-terminal.ts";

let parley: Installation;
let terminal: Terminal;
beforeAll(async () => {
  parley = await openInstallation();
  terminal = openTerminal({
    ...inject("stackEnv"),
    DATABASE_URL: parley.config.DATABASE_URL,
    PARLEY_TASK_QUEUE: parley.config.PARLEY_TASK_QUEUE,
  });
});
afterAll(() => parley.close());

const ended = async (id: string) =>
  await eventually(`an end of ${id}`, async () => {
    const [row] = await outcomesOf(parley.db, [id]);
    return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
  });

const textsTo = async (to: string) =>
  (await parley.replies()).filter((reply) => reply.to === to).map(({ text }) => text);

/** Somebody writes and is answered; their conversation is the newest. */
async function begin(from: string, text: string): Promise<string> {
  const { id } = await parley.sendWebhook({ from, text });
  await ended(id);
  const { answer } = await terminal.parley("conversations", "list", "--limit", "1", "--json");
  return (answer["conversations"] as { id: string }[])[0]?.id ?? "";
}

it("a conversation is taken over, answered and given back by the command line alone", async () => {
  const id = await begin("ada-of-acme", "Can I return a lamp?");
  const spawn = async (...args: string[]) => await terminal.spawnParley(["conversations", ...args, "--json"]);
  expect(await spawn("claim", id, "--operator", "dana")).toMatchObject({
    status: 0,
    answer: { ok: true, claimed_by: "dana" },
  });
  const during = await parley.sendWebhook({ from: "ada-of-acme", text: "Is anybody there?" });
  expect(await ended(during.id)).toMatchObject({ state: "suppressed", reason: "human_claimed" });
  const before = (await textsTo("ada-of-acme")).length;

  const reply = await spawn("reply", id, "--operator", "dana", "Dana here: bring it in on Friday.");
  expect(reply).toMatchObject({
    status: 0,
    answer: { ok: true, sent: true, outcome: "answered", deliveries: [{ part: 1, state: "accepted" }] },
  });
  expect((await textsTo("ada-of-acme")).slice(before)).toEqual(["Dana here: bring it in on Friday."]);
  const { answer: shown } = await terminal.parley("conversations", "show", id, "--json");
  expect(shown).toMatchObject({
    claimed_by: "dana",
    turns: [{ id: reply.answer["turn_id"], plan: "human", outcome: "answered" }, {}, {}],
  });

  expect((await spawn("release", id, "--operator", "dana")).answer).toMatchObject({ ok: true, hold: null });
  const after = await parley.sendWebhook({ from: "ada-of-acme", text: "Can I exchange a size?" });
  expect(await ended(after.id)).toMatchObject({ state: "answered" });
  const { answer } = await terminal.parley("conversations", "messages", id, "--json");
  const authors = (answer["messages"] as { author: string }[]).map(({ author }) => author);
  expect(authors).toEqual(["contact", "assistant", "contact", "human", "contact", "assistant"]);
});

it("a reply that may not be sent says why and ends with 1", async () => {
  const id = await begin("bo-of-acme", "stop");
  await terminal.parley("conversations", "claim", id, "--operator", "dana");
  const reply = ["conversations", "reply", id, "--operator", "dana", "One more thing"];
  const { status, answer } = await terminal.parley(...reply, "--json");
  expect(status).toBe(1);
  expect(answer).toMatchObject({
    ok: false,
    sent: false,
    outcome: "suppressed",
    deliveries: [{ state: "suppressed", code: "opted_out" }],
  });
  expect((await terminal.parley(...reply)).stdout).toBe("Not sent: suppressed, opted_out.\n");
});

it("a reply that takes long says what it waits for on stderr, and what was piped in is sent", async () => {
  const id = await begin("cleo-of-acme", "Do you repair bikes?");
  await terminal.parley("conversations", "claim", id, "--operator", "dana");
  parley.sink.faults.replace([{ match: {}, times: 1, fault: { status: 503 } }]);
  const args = ["conversations", "reply", id, "--operator", "dana", "-", "--json"];
  const { status, answer, stderr } = await terminal.spawnParley(args, "A minute,\nplease.\n");
  expect({ status, sent: answer["sent"] }).toEqual({ status: 0, sent: true });
  expect(stderr).toMatch(/^not sent yet: intended, next attempt at |^not sent yet: sending, attempt /);
  expect((await textsTo("cleo-of-acme")).at(-1)).toBe("A minute,\nplease.");
});

it("a hand-off waits for somebody, and a claim is what it waited for", async () => {
  const id = await begin("dan-of-acme", "Do you sell bells?");
  const handoff = ["conversations", "handoff", id, "--timeout", "900", "--json"];
  expect((await terminal.parley(...handoff)).answer).toMatchObject({
    ok: true,
    hold: "conversation_paused",
    pause_reason: "handoff",
  });
  expect(await terminal.parley(...handoff)).toMatchObject({
    status: 1,
    answer: { ok: false, error: expect.stringContaining("release or resume it first") as string },
  });
  const claimed = await terminal.parley("conversations", "claim", id, "--operator", "dana", "--json");
  expect(claimed.answer).toMatchObject({ pause_reason: null, claimed_by: "dana" });
});
