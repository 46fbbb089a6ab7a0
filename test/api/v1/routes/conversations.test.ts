import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findConversationOwner, openConversation } from "../../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../../db/inbound/inbox.ts";
import { storeMessageChange } from "../../../../db/inbound/message-changes.ts";
import { openOutboundTurn } from "../../../../db/turns/outbound-turns.ts";
import { storeReceipt } from "../../../../db/delivery/receipts.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { setTenantPaused } from "../../../../db/conversations/pause.ts";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";
import { type SeededTenant, seedTenant } from "../support/seed-tenant.ts";

let api: TestApi;
let acme: SeededTenant;
beforeAll(async () => {
  api = await startTestApi();
  acme = await seedTenant(api, "acme");
});
afterAll(() => api.close());

const T0 = Date.parse("2026-11-25T09:00:00.000Z");
interface Line {
  text: string | null;
  author: string;
  state: string | null;
  edited: boolean;
  late: boolean;
  agent: string | null;
  deliveries: { state: string; receipt: string | null }[];
}

async function receiveMessage(
  from: string,
  text: string,
  at: { sent: number; sequence?: number },
  id = `m_${randomUUID()}`,
) {
  const { tenantId, channel, accountId } = acme;
  const receivedAt = new Date();
  await storeInbound(api.db, api.vault, {
    tenantId,
    channel,
    accountId,
    providerMessageId: id,
    workflowId: `msg:${id}`,
    from,
    thread: "",
    text,
    keyword: null,
    providerTime: new Date(T0 + at.sent),
    providerSequence: at.sequence ?? null,
    receivedAt,
    wakeAt: receivedAt,
  });
  return id;
}

async function createConversation(address: string): Promise<string> {
  const { tenantId, channel, accountId } = acme;
  const contact = { tenantId, channel, accountId, address, thread: "" };
  return (await openConversation(api.db, api.vault, contact)).conversationId;
}

async function transcript(conversationId: string, limit = 100): Promise<Line[]> {
  const lines: Line[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const path = `/v1/conversations/${conversationId}/messages?limit=${limit}${query}`;
    const { body } = await api.call(`GET ${path}`, { key: acme.key });
    const page = body as unknown as { data: Line[]; next_cursor: string | null };
    lines.push(...page.data);
    cursor = page.next_cursor;
  }
  return lines;
}

describe("a transcript", () => {
  it("the transcript has the contact's lines in the order of writing, with any page length", async () => {
    const from = "shuffled";
    const order = Array.from({ length: 23 }, (_, i) => i);
    const shuffled = order.toSorted((a, b) => ((a * 7) % 23) - ((b * 7) % 23));
    // Two lines share each timestamp of the provider; its sequence numbers give the order.
    for (const i of shuffled)
      await receiveMessage(from, `line ${i}`, { sent: Math.floor(i / 2) * 1_000, sequence: i });
    const conversationId = await createConversation(from);
    for (const limit of [1, 4, 100]) {
      const texts = (await transcript(conversationId, limit)).map(({ text }) => text);
      expect(texts, `limit ${limit}`).toEqual(order.map((i) => `line ${i}`));
    }
  });

  it("the transcript shows the current text of an edited or deleted message", async () => {
    const from = "editor";
    const first = await receiveMessage(from, "see you at 5", { sent: 0 });
    const second = await receiveMessage(from, "oops", { sent: 1_000 });
    const change = { ...acme, from, thread: "", providerTime: null, receivedAt: new Date() };
    const edit = {
      ...change,
      changeId: "c1",
      targetMessageId: first,
      kind: "edit",
      text: "see you at 6",
    } as const;
    await storeMessageChange(api.db, api.vault, edit);
    const taken = { ...change, changeId: "c2", targetMessageId: second, kind: "delete", text: "" } as const;
    await storeMessageChange(api.db, api.vault, taken);
    expect(await transcript(await createConversation(from))).toMatchObject([
      { text: "see you at 6", edited: true, author: "contact", state: "pending" },
      { text: null, edited: false, state: "suppressed" },
    ]);
  });

  it("the transcript shows a reply with the receipts of its parts", async () => {
    const from = "reader";
    await receiveMessage(from, "hello?", { sent: 0 });
    const conversationId = await createConversation(from);
    const owner = await findConversationOwner(api.db, "acme", conversationId);
    const origin = { kind: "agent", agent: "dana", via: "parley" } as const;
    const turn = { key: "one", origin, parts: ["Hi,", "Dana here."] };
    const { turnId } = await openOutboundTurn(api.db, api.vault, owner, turn);
    const providerId = randomUUID();
    await api.db
      .update(deliveries)
      .set({ state: "accepted", providerId, acceptedAt: new Date() })
      .where(sql`turn_id = ${turnId} AND part = 0`);
    const receipt = { ...acme, providerId, code: null, providerTime: null };
    await storeReceipt(api.db, { ...receipt, state: "delivered" });
    const [, line] = await transcript(conversationId);
    expect(line).toMatchObject({
      author: "agent",
      agent: "dana",
      deliveries: [
        { state: "accepted", receipt: "delivered" },
        { state: "intended", receipt: null },
      ],
    });
    const { body } = await api.call(`GET /v1/turns/${turnId}`, { key: acme.key });
    expect(body).toMatchObject({
      plan: "agent",
      agent: "dana",
      state: "open",
      workflow_id: `reply:${turnId}`,
    });
    const [part] = body["deliveries"] as unknown as { id: string }[];
    const delivery = await api.call(`GET /v1/deliveries/${part?.id}`, { key: acme.key });
    expect(delivery.body).toMatchObject({ part: 1, receipts: [{ state: "delivered" }] });
    const listed = await api.call(`GET /v1/conversations/${conversationId}/turns`, {
      key: acme.key,
    });
    expect(listed.body["data"]).toMatchObject([{ id: turnId }]);
  });
});

describe("the list of conversations", () => {
  it("the list can be filtered by contact, account, takeover and pause", async () => {
    const ids = async (query: string) => {
      const { body } = await api.call(`GET /v1/conversations?${query}`, { key: acme.key });
      return (body["data"] as unknown as { id: string }[]).map(({ id }) => id);
    };
    const takenOver = await createConversation("taken over");
    const paused = await createConversation("paused");
    await api.call(`POST /v1/conversations/${takenOver}/take-over`, {
      key: acme.key,
      body: { agent: "dana" },
    });
    await api.call(`POST /v1/conversations/${paused}/pause`, { key: acme.key });
    expect(await ids("taken_over=true")).toEqual([takenOver]);
    expect(await ids("paused=true")).toEqual([paused]);
    expect(await ids("taken_over=false&paused=false")).not.toContain(takenOver);
    expect(await ids(`contact_id=${acme.contactId}`)).toEqual([acme.conversationId]);
    expect(await ids("account_id=other")).toEqual([]);
    expect((await ids(`account_id=${acme.accountId}&channel=webhook`)).length).toBeGreaterThan(2);
    const wrong = await api.call("GET /v1/conversations?taken_over=1", { key: acme.key });
    expect(wrong.body["errors"]).toMatchObject([{ field: "query.taken_over" }]);
  });
});

describe("a takeover", () => {
  const act = async (id: string, word: string, body?: object) =>
    await api.call(`POST /v1/conversations/${id}/${word}`, { key: acme.key, ...(body && { body }) });

  it("a takeover belongs to one agent until the agent hands it back or another agent takes it over", async () => {
    const id = await createConversation("contested");
    const takenOver = await act(id, "take-over", { agent: "dana" });
    expect(takenOver.body).toMatchObject({ taken_over_by: "dana", silent_because: "taken_over" });
    expect((await act(id, "take-over", { agent: "dana" })).status).toBe(200);
    const other = await act(id, "take-over", { agent: "eli" });
    expect([other.status, other.body["code"]]).toEqual([409, "taken_over_by_other"]);
    expect((await act(id, "hand-back", { agent: "eli" })).body["code"]).toBe("taken_over_by_other");
    expect((await act(id, "hand-back", { agent: "dana" })).body).toMatchObject({
      taken_over_by: null,
      taken_over_at: null,
    });
    await act(id, "take-over", { agent: "eli" });
    expect((await act(id, "hand-back", {})).body).toMatchObject({
      taken_over_by: null,
      silent_because: null,
    });
    // A second hand-back has no effect and is no error.
    expect((await act(id, "hand-back", {})).status).toBe(200);
  });

  it("a conversation shows that a pause of its account or tenant silences the assistant", async () => {
    const id = await createConversation("quiet");
    const readSilence = async () =>
      (await api.call(`GET /v1/conversations/${id}`, { key: acme.key })).body["silent_because"];
    await api.call(`POST /v1/accounts/webhook/${acme.accountId}/pause`, { key: acme.key });
    expect(await readSilence()).toBe("account_paused");
    await api.call(`POST /v1/accounts/webhook/${acme.accountId}/resume`, { key: acme.key });
    await setTenantPaused(api.db, "acme", true);
    expect(await readSilence()).toBe("tenant_paused");
    await api.call("POST /v1/tenant/resume", { key: acme.key });
    expect(await readSilence()).toBeNull();
  });

  it("a reply needs a takeover and an Idempotency-Key, and the error explains how to get them", async () => {
    const id = await createConversation("wordless");
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    const body = { text: "Hi", agent: "dana" };
    const reply = async (by: string, asked = headers) =>
      await api.call(`POST /v1/conversations/${id}/replies`, {
        key: acme.key,
        body: { ...body, agent: by },
        headers: asked,
      });
    const notTakenOver = await reply("dana");
    expect([notTakenOver.status, notTakenOver.body["code"]]).toEqual([409, "not_taken_over"]);
    expect(notTakenOver.body["detail"]).toContain(`POST /v1/conversations/${id}/take-over`);
    await act(id, "take-over", { agent: "dana" });
    expect((await reply("eli")).body["code"]).toBe("taken_over_by_other");
    const keyless = await reply("dana", {} as typeof headers);
    expect([keyless.status, keyless.body["code"]]).toEqual([400, "idempotency_key_missing"]);
    const first = await reply("dana");
    const again = await reply("dana");
    expect([first.status, again.body]).toEqual([202, first.body]);
    expect(await transcript(id)).toMatchObject([{ text: "Hi", author: "agent", agent: "dana" }]);
  });

  it("a conversation cannot be handed off while it is taken over or paused", async () => {
    const id = await createConversation("held");
    await act(id, "pause");
    expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_silent");
    expect((await act(id, "resume")).body).toMatchObject({ paused_at: null });
    const handed = await act(id, "handoff", { timeout_s: 60 });
    expect(handed.body).toMatchObject({ silent_because: "conversation_paused", pause_reason: "handoff" });
    const takenOver = await act(id, "take-over", { agent: "dana" });
    expect(takenOver.body).toMatchObject({ silent_because: "taken_over", paused_at: null });
    expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_silent");
    const short = await act(id, "handoff", { timeout_s: 1.5 });
    expect(short.body["errors"]).toMatchObject([{ field: "body.timeout_s" }]);
  });
});

it("reply parts that did not arrive are listed by their kind of failure", async () => {
  const listConversations = async (query = "") =>
    (await api.call(`GET /v1/deliveries${query}`, { key: acme.key })).body["data"] as unknown as {
      id: string;
    }[];
  expect((await listConversations()).map(({ id }) => id)).toEqual([acme.deliveryId]);
  expect(await listConversations("?trouble=unknown")).toMatchObject([
    { state: "unknown", turn_id: acme.turnId },
  ]);
  expect(await listConversations("?trouble=refused")).toEqual([]);
});
