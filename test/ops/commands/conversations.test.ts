import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeInbound } from "../../../db/inbox.ts";
import { addAccount } from "../../../db/tenant-accounts.ts";
import { seedTenant, type SeededTenant } from "../../api/v1/seed-tenant.ts";
import { type Desk, openDesk } from "../open-terminal.ts";

let desk: Desk;
let acme: SeededTenant;
beforeAll(async () => {
  // Nobody answers there: what would be started stays with the sweeper.
  desk = await openDesk({ TEMPORAL_ADDRESS: "127.0.0.1:1" });
  acme = await seedTenant(desk, "acme", "Can I return a lamp?");
});
afterAll(() => desk.close());

const conversations = async (...args: string[]) =>
  await desk.parley("conversations", ...args, "--tenant", "acme", "--json");

/** Somebody writes on this channel at this moment. */
async function hear(text: string, { channel = "webhook", at = new Date() } = {}): Promise<string> {
  const secrets = { inbound: [], outbound: [] };
  const account = { tenantId: "acme", channel, sender: "100000000000103", externalId: null, secrets };
  const { accountId } = await addAccount(desk.db, desk.vault, { ...account, settings: {} });
  const providerMessageId = randomUUID();
  const workflowId = `msg:${channel}/${accountId}:${providerMessageId}`;
  const message = { tenantId: "acme", channel, accountId, providerMessageId, workflowId, text };
  const times = { providerTime: at, providerSequence: null, receivedAt: at, wakeAt: at };
  const person = { from: "+15550100400", thread: "", keyword: null };
  return (await storeInbound(desk.db, desk.vault, { ...message, ...times, ...person })).conversationId;
}

describe("conversations", () => {
  it("are listed by contact, channel, account, claim and pause", async () => {
    const id = acme.conversationId;
    const ids = async (...args: string[]) =>
      ((await conversations("list", ...args)).answer["conversations"] as { id: string }[]).map(
        (row) => row.id,
      );
    expect(
      await ids("--contact", acme.contactId, "--channel", "webhook", "--account", acme.accountId),
    ).toEqual([id]);
    expect(await ids("--channel", "slack")).toEqual([]);
    await conversations("claim", id, "--operator", "ada");
    expect([await ids("--claimed", "yes"), await ids("--claimed", "no")]).toEqual([[id], []]);
    await conversations("release", id);
    await conversations("pause", id);
    expect([await ids("--paused", "yes"), await ids("--paused", "no")]).toEqual([[id], []]);
    await conversations("resume", id);
  });

  it("are shown with who holds them, their window and their last turns", async () => {
    const { answer } = await conversations("show", acme.conversationId);
    expect(answer).toMatchObject({
      ok: true,
      id: acme.conversationId,
      contact_id: acme.contactId,
      contact_address: "person-of-acme",
      claimed_by: null,
      hold: null,
      pending_messages: 1,
      window: { open: true, closes_at: null, human_closes_at: null },
      turns: [
        {
          id: acme.turnId,
          workflow_id: `reply:${acme.turnId}`,
          plan: "human",
          rung: null,
          reason: null,
          cost_usd: 0,
        },
      ],
    });
    const { stdout } = await desk.parley("conversations", "show", acme.conversationId, "--tenant", "acme");
    expect(stdout).toContain("pending messages  1");
    expect(stdout).toMatch(/opened at +plan +outcome +rung +reason +cost usd +workflow id/);
  });

  it("have a window that closes where the channel has one", async () => {
    const at = new Date(Date.now() - 25 * 3_600_000);
    const closed = await hear("Hello?", { channel: "whatsapp", at });
    const closesAt = new Date(at.getTime() + 24 * 3_600_000).toISOString();
    expect((await conversations("show", closed)).answer["window"]).toEqual({
      open: false,
      closes_at: closesAt,
      human_closes_at: closesAt,
    });
    const open = await hear("Hello?", { channel: "messenger" });
    expect((await conversations("show", open)).answer["window"]).toMatchObject({ open: true });
  });

  it("are their tenant's alone", async () => {
    const id = acme.conversationId;
    const { answer: before } = await conversations("show", id);
    for (const args of [
      ["show", id],
      ["messages", id],
      ["claim", id, "--operator", "eve"],
      ["reply", id, "Hi", "--operator", "dana"],
      ["release", id],
      ["pause", id],
      ["resume", id],
      ["handoff", id],
    ]) {
      expect(await desk.parley("conversations", ...args, "--json"), args[0]).toMatchObject({
        status: 1,
        answer: { ok: false, error: expect.stringContaining("parley conversations list") as string },
      });
      expect((await conversations("show", id)).answer, args[0]).toEqual(before);
    }
  });
});

describe("a transcript", () => {
  it("says who said what, when, and what became of it", async () => {
    const { answer } = await conversations("messages", acme.conversationId);
    expect(answer).toMatchObject({
      ok: true,
      earlier: 0,
      messages: [
        { author: "contact", text: "Can I return a lamp?", state: "pending", deliveries: [] },
        {
          author: "human",
          operator: "dana",
          text: "A reply of acme",
          state: "unknown",
          deliveries: [{ part: 1 }],
        },
      ],
    });
    const { stdout } = await desk.parley(
      "conversations",
      "messages",
      acme.conversationId,
      "--tenant",
      "acme",
    );
    const minute = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";
    expect(stdout).toMatch(
      new RegExp(
        `^${minute}  contact  pending\n  Can I return a lamp\\?\n${minute}  dana \\(human\\)  unknown\n  A reply of acme\n$`,
      ),
    );
  });

  it("is its last lines where it is long, and says how many are before", async () => {
    const { answer } = await conversations("messages", acme.conversationId, "--last", "1");
    expect(answer).toMatchObject({ earlier: 1, messages: [{ text: "A reply of acme" }] });
    const args = ["messages", acme.conversationId, "--tenant", "acme", "--last", "1"];
    expect((await desk.parley("conversations", ...args)).stdout).toContain("1 earlier lines: --last 2\n");
  });

  it("moves no cursor: what a stranger wrote stays text on a terminal", async () => {
    const id = await hear("\u001B[2J\u001B]0;owned\u0007 \u009B1mbold \u202Etxet\nsecond line");
    const { stdout } = await desk.parley("conversations", "messages", id, "--tenant", "acme");
    expect(stdout).not.toMatch(/\p{Cc}(?<!\n)|[\u202A-\u202E]/u);
    expect(stdout).toContain("  \\u001b[2J\\u001b]0;owned\\u0007 \\u009b1mbold \\u202etxet\n  second line\n");
  });
});

describe("a claim", () => {
  it("is one operator's; another one and a release by somebody else name the holder", async () => {
    const id = await hear("I want a person");
    expect((await conversations("claim", id, "--operator", "ada")).answer).toMatchObject({
      ok: true,
      claimed_by: "ada",
      hold: "human_claimed",
    });
    expect((await conversations("claim", id, "--operator", "ada")).answer).toMatchObject({ ok: true });
    const heldByAda = {
      status: 1,
      answer: {
        ok: false,
        error: `"ada" holds the conversation: \`parley conversations release ${id}\` takes it from them.`,
      },
    };
    expect(await conversations("claim", id, "--operator", "bo")).toMatchObject(heldByAda);
    expect(await conversations("release", id, "--operator", "bo")).toMatchObject(heldByAda);
    expect(await conversations("reply", id, "Hi", "--operator", "bo")).toMatchObject(heldByAda);
    const released = await conversations("release", id, "--operator", "ada");
    expect(released.answer).toMatchObject({ ok: true, claimed_by: null, claimed_at: null, hold: null });
  });

  it("is needed for a reply, which names the way there", async () => {
    const id = await hear("I want a person");
    const { status, answer } = await conversations("reply", id, "Hi", "--operator", "ada");
    expect(status).toBe(1);
    expect(answer["error"]).toContain(`parley conversations claim ${id} --operator "ada"`);
    expect((await conversations("messages", id)).answer["messages"]).toHaveLength(1);
  });
});

describe("where Temporal is away", () => {
  it("a reply is stored, says so, and is not called failed: whoever repeats it would say it twice", async () => {
    const id = await hear("I want a person");
    await conversations("claim", id, "--operator", "ada");
    const { status, answer, stderr } = await conversations(
      "reply",
      id,
      "Here",
      "I",
      "am",
      "--operator",
      "ada",
      "--no-wait",
    );
    expect(status).toBe(0);
    expect(answer).toMatchObject({
      ok: true,
      sent: null,
      outcome: null,
      deliveries: [{ part: 1, state: "intended" }],
    });
    expect(stderr).toContain("it goes out when it is back");
    expect((await conversations("messages", id)).answer).toMatchObject({
      messages: [{}, { author: "human", operator: "ada", text: "Here I am", state: "intended" }],
    });
  });

  it("a hand-off that nobody would end is taken back", async () => {
    const id = await hear("I want a person");
    const { status, answer } = await conversations("handoff", id);
    expect(status).toBe(1);
    expect(answer["error"]).toContain("nothing was changed");
    expect((await conversations("show", id)).answer).toMatchObject({ hold: null, paused_at: null });
  });
});

it("what is called wrongly ends with 2", async () => {
  const id = acme.conversationId;
  for (const args of [
    ["show", "12"],
    ["claim", id],
    ["claim", id, "--operator", " "],
    ["reply", id, "--operator", "ada"],
    ["handoff", id, "--timeout", "5"],
    ["list", "--claimed", "maybe"],
  ])
    expect((await conversations(...args)).status, args.join(" ")).toBe(2);
  const empty = await conversations("reply", id, " ", "--operator", "ada");
  expect(empty).toMatchObject({
    status: 2,
    answer: { errors: [{ field: "<text>", message: "must not be empty" }] },
  });
});
