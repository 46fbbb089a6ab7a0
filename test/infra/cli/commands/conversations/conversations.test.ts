import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeMessageChange } from "../../../../../db/inbound/message-changes.ts";
import { storeInbound } from "../../../../../db/inbound/inbox.ts";
import { addAccount } from "../../../../../db/tenants/tenant-accounts.ts";
import { seedTenant, type SeededTenant } from "../../../../api/v1/support/seed-tenant.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase } from "../../open-terminal.ts";

let terminal: TerminalWithDatabase;
let acme: SeededTenant;
beforeAll(async () => {
  // No Temporal server listens there, so no workflow can be started.
  terminal = await openTerminalWithDatabase({ TEMPORAL_ADDRESS: "127.0.0.1:1" });
  acme = await seedTenant(terminal, "acme", "Can I return a lamp?");
});
afterAll(() => terminal.close());

const conversations = async (...args: string[]) =>
  await terminal.parley("conversations", ...args, "--tenant", "acme", "--json");

/** A contact writes on this channel at this time. */
async function receiveMessage(text: string, { channel = "webhook", at = new Date() } = {}): Promise<string> {
  const secrets = { inbound: [], outbound: [] };
  const account = { tenantId: "acme", channel, address: "100000000000103", externalId: null, secrets };
  const { accountId } = await addAccount(terminal.db, terminal.vault, { ...account, settings: {} });
  const providerMessageId = randomUUID();
  const workflowId = `msg:${channel}/${accountId}:${providerMessageId}`;
  const message = { tenantId: "acme", channel, accountId, providerMessageId, workflowId, text };
  const times = { providerTime: at, providerSequence: null, arrivedAt: at, quietMs: 0 };
  const sent = { from: "+15550100400", thread: "", keyword: null };
  return (await storeInbound(terminal.db, terminal.vault, { ...message, ...times, ...sent })).conversationId;
}

describe("conversations", () => {
  it("conversations are listed by contact, channel, account, takeover and pause", async () => {
    const id = acme.conversationId;
    const ids = async (...args: string[]) =>
      ((await conversations("list", ...args)).json["data"] as { id: string }[]).map((row) => row.id);
    expect(
      await ids("--contact", acme.contactId, "--channel", "webhook", "--account", acme.accountId),
    ).toEqual([id]);
    expect(await ids("--channel", "slack")).toEqual([]);
    await conversations("take-over", id, "--agent", "ada");
    expect([await ids("--taken-over", "yes"), await ids("--taken-over", "no")]).toEqual([[id], []]);
    await conversations("hand-back", id);
    await conversations("pause", id);
    expect([await ids("--paused", "yes"), await ids("--paused", "no")]).toEqual([[id], []]);
    await conversations("resume", id);
  });

  it("a list shows the contact, the last message and whose answer the contact waits for", async () => {
    const id = await receiveMessage("Is anybody there?\nI need a lamp", { channel: "telegram" });
    const read = async (...args: string[]) =>
      ((await conversations("list", "--channel", "telegram", ...args)).json["data"] as object[]).at(0);
    expect(await read("--waiting")).toMatchObject({
      id,
      contact_address: "+15550100400",
      waiting_for: "assistant",
      last_message: {
        author: "contact",
        agent: null,
        text: "Is anybody there?\nI need a lamp",
        erased: false,
        has_media: false,
      },
    });
    await conversations("take-over", id, "--agent", "ada");
    expect(await read("--waiting")).toMatchObject({ waiting_for: "agent" });
    await conversations("reply", id, "Here I am", "--agent", "ada", "--no-wait");
    expect(await read("--waiting")).toBe(undefined);
    expect(await read()).toMatchObject({
      waiting_for: null,
      last_message: { author: "agent", agent: "ada", text: "Here I am" },
    });
    const shown = await terminal.parley("conversations", "list", "--tenant", "acme", "--channel", "telegram");
    expect(shown.stdout).toMatch(
      new RegExp(`${id} +telegram +\\+15550100400 +- +ada +\\S+ +ada: Here I am\n`),
    );
  });

  it("a conversation that was handed to agents waits for one, and in a paused one the contact does not wait", async () => {
    const id = await receiveMessage("A person, please", { channel: "instagram" });
    const read = async () =>
      ((await conversations("list", "--channel", "instagram")).json["data"] as object[]).at(0);
    await conversations("handoff", id);
    expect(await read()).toMatchObject({ waiting_for: "agent", silent_because: "conversation_paused" });
    await conversations("resume", id);
    await terminal.db.execute(sql`UPDATE inbox SET state = 'suppressed' WHERE conversation_id = ${id}`);
    await conversations("pause", id);
    expect(await read()).toMatchObject({ waiting_for: null });
  });

  it("a conversation is stuck where its message, its turn or its reply part makes no progress for a minute", async () => {
    const stuck = async () =>
      ((await conversations("list", "--stuck")).json["data"] as { id: string }[]).map((row) => row.id);
    const id = await receiveMessage("Hello?", { channel: "line" });
    expect(await stuck()).not.toContain(id);
    await terminal.db.execute(
      sql`UPDATE inbox SET wake_at = now() - interval '61 seconds' WHERE conversation_id = ${id}`,
    );
    expect(await stuck()).toContain(id);
    await terminal.db.execute(sql`UPDATE inbox SET state = 'suppressed' WHERE conversation_id = ${id}`);
    expect(await stuck()).not.toContain(id);
    await conversations("take-over", id, "--agent", "ada");
    await conversations("reply", id, "Hi", "--agent", "ada", "--no-wait");
    await terminal.db.execute(
      sql`UPDATE turns SET opened_at = now() - interval '1 hour' WHERE conversation_id = ${id}`,
    );
    // Its part has no attempt yet: the gate may hold it back for hours.
    expect(await stuck()).not.toContain(id);
    await terminal.db.execute(
      sql`UPDATE deliveries SET first_attempt_at = now() - interval '61 seconds' WHERE conversation_id = ${id}`,
    );
    expect(await stuck()).toContain(id);
    await terminal.db.execute(sql`DELETE FROM deliveries WHERE conversation_id = ${id}`);
    expect(await stuck()).toContain(id);
  });

  it("an edit, a deletion and a destroyed key count for the last message of a list", async () => {
    const id = await receiveMessage("My card is 4111", { channel: "messenger" });
    const last = async () => {
      const { json } = await conversations("list", "--channel", "messenger", "--limit", "1");
      return (json["data"] as { id: string; last_message: object }[]).find((row) => row.id === id)
        ?.last_message;
    };
    const [stored] = (
      await terminal.db.execute<{ account_id: string; provider_message_id: string }>(
        sql`SELECT account_id, provider_message_id FROM inbox WHERE conversation_id = ${id} ORDER BY seq DESC LIMIT 1`,
      )
    ).rows;
    const change = {
      tenantId: "acme",
      channel: "messenger",
      accountId: stored?.account_id ?? "",
      from: "+15550100400",
      thread: "",
      targetMessageId: stored?.provider_message_id ?? "",
    };
    await storeMessageChange(terminal.db, terminal.vault, {
      ...change,
      changeId: "edit",
      kind: "edit",
      text: "My card is secret",
      providerTime: new Date(),
    });
    expect(await last()).toMatchObject({ text: "My card is secret" });
    await storeMessageChange(terminal.db, terminal.vault, {
      ...change,
      changeId: "delete",
      kind: "delete",
      text: "",
      providerTime: new Date(Date.now() + 1_000),
    });
    expect(await last()).toMatchObject({ text: null, erased: false });
    await terminal.db.execute(
      sql`UPDATE contacts SET data_key = '\\x00' WHERE id = (SELECT contact_id FROM conversations WHERE id = ${id})`,
    );
    await terminal.db.execute(sql`DELETE FROM message_changes WHERE conversation_id = ${id}`);
    expect(await last()).toMatchObject({ text: null, erased: true });
  });

  it("a terminal shows a conversation with its contact, its reply window and its last turns", async () => {
    const { json } = await conversations("show", acme.conversationId);
    expect(json).toMatchObject({
      id: acme.conversationId,
      contact_id: acme.contactId,
      taken_over_by: null,
      silent_because: null,
      pending_messages: 1,
    });
    const { stdout } = await terminal.parley(
      "conversations",
      "show",
      acme.conversationId,
      "--tenant",
      "acme",
    );
    expect(stdout).toContain("pending messages  1");
    expect(stdout).toContain("contact address  contact-of-acme");
    expect(stdout).toContain("open  yes");
    expect(stdout).toMatch(/id +opened at +plan +outcome +tier +reason +cost usd/);
    expect(stdout).toMatch(new RegExp(`${acme.turnId} .* agent `));
  });

  it("the reply window of a conversation closes if its channel has one", async () => {
    const at = new Date(Date.now() - 25 * 3_600_000);
    const closed = await receiveMessage("Hello?", { channel: "whatsapp", at });
    const closesAt = new Date(at.getTime() + 24 * 3_600_000).toISOString();
    const shown = await terminal.parley("conversations", "show", closed, "--tenant", "acme");
    expect(shown.stdout).toContain(`open  no\n  closes at  ${closesAt}\n  agent closes at  ${closesAt}\n`);
    const open = await receiveMessage("Hello?", { channel: "messenger" });
    const stillOpen = await terminal.parley("conversations", "show", open, "--tenant", "acme");
    expect(stillOpen.stdout).toContain("open  yes");
  });

  it("conversations of another tenant are not found and stay unchanged", async () => {
    const id = acme.conversationId;
    const { json: before } = await conversations("show", id);
    for (const args of [
      ["show", id],
      ["messages", id],
      ["take-over", id, "--agent", "eve"],
      ["reply", id, "Hi", "--agent", "dana"],
      ["hand-back", id],
      ["pause", id],
      ["resume", id],
      ["handoff", id],
    ]) {
      expect(await terminal.parley("conversations", ...args, "--json"), args[0]).toMatchObject({
        status: 1,
        json: { error: expect.stringContaining("parley conversations list") as string },
      });
      expect((await conversations("show", id)).json, args[0]).toEqual(before);
    }
  });
});

describe("a transcript", () => {
  it("a transcript shows author, time, text and state of each line", async () => {
    const { json } = await conversations("messages", acme.conversationId);
    expect(json).toMatchObject({
      next_cursor: null,
      data: [
        { author: "contact", text: "Can I return a lamp?", state: "pending", deliveries: [] },
        {
          author: "agent",
          agent: "dana",
          text: "A reply of acme",
          state: null,
          deliveries: [{ part: 1, state: "unknown" }],
        },
      ],
    });
    const { stdout } = await terminal.parley(
      "conversations",
      "messages",
      acme.conversationId,
      "--tenant",
      "acme",
    );
    const minute = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";
    expect(stdout).toMatch(
      new RegExp(
        `^${minute}  contact  pending\n  Can I return a lamp\\?\n${minute}  dana \\(agent\\)  unknown\n  A reply of acme\n$`,
      ),
    );
  });

  it("a long transcript shows its last lines and counts the earlier ones", async () => {
    const { json } = await conversations("messages", acme.conversationId, "--last", "1");
    expect(json).toMatchObject({ data: [{ text: "A reply of acme" }] });
    expect(json["data"]).toHaveLength(1);
    const args = ["messages", acme.conversationId, "--tenant", "acme", "--last", "1"];
    expect((await terminal.parley("conversations", ...args)).stdout).toContain("1 earlier lines: --last 2\n");
  });

  it("control characters in a message cannot move the cursor of a terminal", async () => {
    const id = await receiveMessage("\u001B[2J\u001B]0;owned\u0007 \u009B1mbold \u202Etxet\nsecond line");
    const { stdout } = await terminal.parley("conversations", "messages", id, "--tenant", "acme");
    expect(stdout).not.toMatch(/\p{Cc}(?<!\n)|[\u202A-\u202E]/u);
    expect(stdout).toContain("  \\u001b[2J\\u001b]0;owned\\u0007 \\u009b1mbold \\u202etxet\n  second line\n");
  });
});

describe("a takeover", () => {
  it("a takeover belongs to one agent, and the error for another agent names that agent", async () => {
    const id = await receiveMessage("I want a person");
    expect((await conversations("take-over", id, "--agent", "ada")).json).toMatchObject({
      taken_over_by: "ada",
      silent_because: "taken_over",
    });
    expect((await conversations("take-over", id, "--agent", "ada")).status).toBe(0);
    const takenOverByAda = {
      status: 1,
      json: {
        error: `"ada" has taken over the conversation: \`parley conversations hand-back ${id}\` takes it from them.`,
      },
    };
    expect(await conversations("take-over", id, "--agent", "bo")).toMatchObject(takenOverByAda);
    expect(await conversations("hand-back", id, "--agent", "bo")).toMatchObject(takenOverByAda);
    expect(await conversations("reply", id, "Hi", "--agent", "bo")).toMatchObject(takenOverByAda);
    const released = await conversations("hand-back", id, "--agent", "ada");
    expect(released.json).toMatchObject({
      taken_over_by: null,
      taken_over_at: null,
      silent_because: null,
    });
  });

  it("a reply needs a takeover, and the error names the command", async () => {
    const id = await receiveMessage("I want a person");
    const { status, json } = await conversations("reply", id, "Hi", "--agent", "ada");
    expect(status).toBe(1);
    expect(json["error"]).toContain(`parley conversations take-over ${id} --agent "ada"`);
    expect((await conversations("messages", id)).json["data"]).toHaveLength(1);
  });
});

describe("while Temporal is unavailable", () => {
  it("a reply without Temporal is stored and reported as stored, not as failed", async () => {
    const id = await receiveMessage("I want a person");
    await conversations("take-over", id, "--agent", "ada");
    const { status, json, stderr } = await conversations(
      "reply",
      id,
      "Here",
      "I",
      "am",
      "--agent",
      "ada",
      "--no-wait",
    );
    expect(status).toBe(0);
    expect(json).toMatchObject({
      state: "open",
      outcome: null,
      deliveries: [{ part: 1, state: "intended" }],
    });
    expect(stderr).toContain("sweeper sends it later");
    expect((await conversations("messages", id)).json).toMatchObject({
      data: [{}, { author: "agent", agent: "ada", text: "Here I am", deliveries: [{ state: "intended" }] }],
    });
  });

  it("a handoff without Temporal pauses the conversation, and the sweeper starts its workflow later", async () => {
    const id = await receiveMessage("I want a person");
    const { status, json } = await conversations("handoff", id);
    expect(status).toBe(0);
    const paused = { silent_because: "conversation_paused", paused_at: expect.any(String) };
    expect(json).toMatchObject(paused);
    expect((await conversations("show", id)).json).toMatchObject(paused);
  });
});

it("a usage error ends with exit code 2", async () => {
  const id = acme.conversationId;
  for (const args of [
    ["show", "12"],
    ["take-over", id],
    ["take-over", id, "--agent", " "],
    ["reply", id, "--agent", "ada"],
    ["handoff", id, "--timeout", "5"],
    ["list", "--taken-over", "maybe"],
    ["list", "--waiting", "maybe"],
  ])
    expect((await conversations(...args)).status, args.join(" ")).toBe(2);
  const empty = await conversations("reply", id, " ", "--agent", "ada");
  expect(empty).toMatchObject({
    status: 2,
    json: { errors: [{ field: "<text>", message: "must not be empty" }] },
  });
});
