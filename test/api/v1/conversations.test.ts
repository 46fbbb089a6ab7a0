import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findConversationOwner, openConversation } from "../../../db/contacts.ts";
import { storeInbound } from "../../../db/inbox.ts";
import { storeChange } from "../../../db/message-changes.ts";
import { openOutboundTurn } from "../../../db/outbound-turns.ts";
import { storeReceipt } from "../../../db/receipts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { setTenantPaused } from "../../../db/holds.ts";
import { type OpenApi, openApi } from "./open-api.ts";
import { type SeededTenant, seedTenant } from "./seed-tenant.ts";

let api: OpenApi;
let acme: SeededTenant;
beforeAll(async () => {
  api = await openApi();
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
  operator: string | null;
  deliveries: { state: string; receipt: string | null }[];
}

async function say(
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

async function open(address: string): Promise<string> {
  const { tenantId, channel, accountId } = acme;
  const person = { tenantId, channel, accountId, address, thread: "" };
  return (await openConversation(api.db, api.vault, person)).conversationId;
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
  it("has the person's lines in the order in which they wrote, page by page as in one", async () => {
    const from = "shuffled";
    const order = Array.from({ length: 23 }, (_, i) => i);
    const shuffled = order.toSorted((a, b) => ((a * 7) % 23) - ((b * 7) % 23));
    // Two lines share each moment of the provider's clock and are told apart by its numbers.
    for (const i of shuffled) await say(from, `line ${i}`, { sent: Math.floor(i / 2) * 1_000, sequence: i });
    const conversationId = await open(from);
    for (const limit of [1, 4, 100]) {
      const texts = (await transcript(conversationId, limit)).map(({ text }) => text);
      expect(texts, `limit ${limit}`).toEqual(order.map((i) => `line ${i}`));
    }
  });

  it("shows what a line says now, and that it was edited or taken back", async () => {
    const from = "editor";
    const first = await say(from, "see you at 5", { sent: 0 });
    const second = await say(from, "oops", { sent: 1_000 });
    const change = { ...acme, from, thread: "", providerTime: null, receivedAt: new Date() };
    const edit = {
      ...change,
      changeId: "c1",
      targetMessageId: first,
      kind: "edit",
      text: "see you at 6",
    } as const;
    await storeChange(api.db, api.vault, edit);
    const taken = { ...change, changeId: "c2", targetMessageId: second, kind: "delete", text: "" } as const;
    await storeChange(api.db, api.vault, taken);
    expect(await transcript(await open(from))).toMatchObject([
      { text: "see you at 6", edited: true, author: "contact", state: "pending" },
      { text: null, edited: false, state: "suppressed" },
    ]);
  });

  it("shows a reply with its parts and what the vendor reported of each", async () => {
    const from = "reader";
    await say(from, "hello?", { sent: 0 });
    const conversationId = await open(from);
    const owner = await findConversationOwner(api.db, "acme", conversationId);
    const turn = { key: "one", plan: "human", planDetail: "dana", parts: ["Hi,", "Dana here."] } as const;
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
      author: "human",
      operator: "dana",
      deliveries: [
        { state: "accepted", receipt: "delivered" },
        { state: "intended", receipt: null },
      ],
    });
    const { body } = await api.call(`GET /v1/turns/${turnId}`, { key: acme.key });
    expect(body).toMatchObject({
      plan: "human",
      plan_detail: "dana",
      state: "open",
      workflow_id: `reply:${turnId}`,
    });
    const [part] = body["deliveries"] as unknown as { id: string }[];
    const delivery = await api.call(`GET /v1/deliveries/${part?.id}`, { key: acme.key });
    expect(delivery.body).toMatchObject({ part: 1, receipts: [{ state: "delivered" }] });
    const listed = await api.call(`GET /v1/conversations/${conversationId}/turns`, { key: acme.key });
    expect(listed.body["data"]).toMatchObject([{ id: turnId }]);
  });
});

describe("the list of conversations", () => {
  it("is narrowed by contact, account, claim and pause", async () => {
    const ids = async (query: string) => {
      const { body } = await api.call(`GET /v1/conversations?${query}`, { key: acme.key });
      return (body["data"] as unknown as { id: string }[]).map(({ id }) => id);
    };
    const claimed = await open("claimed");
    const paused = await open("paused");
    await api.call(`POST /v1/conversations/${claimed}/claim`, { key: acme.key, body: { operator: "dana" } });
    await api.call(`POST /v1/conversations/${paused}/pause`, { key: acme.key });
    expect(await ids("claimed=true")).toEqual([claimed]);
    expect(await ids("paused=true")).toEqual([paused]);
    expect(await ids("claimed=false&paused=false")).not.toContain(claimed);
    expect(await ids(`contact_id=${acme.contactId}`)).toEqual([acme.conversationId]);
    expect(await ids("account_id=other")).toEqual([]);
    expect((await ids(`account_id=${acme.accountId}&channel=webhook`)).length).toBeGreaterThan(2);
    const wrong = await api.call("GET /v1/conversations?claimed=1", { key: acme.key });
    expect(wrong.body["errors"]).toMatchObject([{ field: "query.claimed" }]);
  });
});

describe("a claim", () => {
  const act = async (id: string, word: string, body?: object) =>
    await api.call(`POST /v1/conversations/${id}/${word}`, { key: acme.key, ...(body && { body }) });

  it("is one person's until they give it back, or it is taken from whoever has it", async () => {
    const id = await open("contested");
    const claimed = await act(id, "claim", { operator: "dana" });
    expect(claimed.body).toMatchObject({ claimed_by: "dana", hold: "human_claimed" });
    expect((await act(id, "claim", { operator: "dana" })).status).toBe(200);
    const other = await act(id, "claim", { operator: "eli" });
    expect([other.status, other.body["code"]]).toEqual([409, "claimed_by_other"]);
    expect((await act(id, "release", { operator: "eli" })).body["code"]).toBe("claimed_by_other");
    expect((await act(id, "release", { operator: "dana" })).body).toMatchObject({
      claimed_by: null,
      claimed_at: null,
    });
    await act(id, "claim", { operator: "eli" });
    expect((await act(id, "release", {})).body).toMatchObject({ claimed_by: null, hold: null });
    // Nothing is there to release, and nothing is wrong with that.
    expect((await act(id, "release", {})).status).toBe(200);
  });

  it("says also where its account or tenant keeps the assistant silent", async () => {
    const id = await open("quiet");
    const holdOf = async () =>
      (await api.call(`GET /v1/conversations/${id}`, { key: acme.key })).body["hold"];
    await api.call(`POST /v1/accounts/webhook/${acme.accountId}/pause`, { key: acme.key });
    expect(await holdOf()).toBe("account_paused");
    await api.call(`POST /v1/accounts/webhook/${acme.accountId}/resume`, { key: acme.key });
    await setTenantPaused(api.db, "acme", true);
    expect(await holdOf()).toBe("tenant_paused");
    await api.call("POST /v1/tenant/resume", { key: acme.key });
    expect(await holdOf()).toBeNull();
  });

  it("is needed for a reply, which names the way there; and the reply needs an Idempotency-Key", async () => {
    const id = await open("wordless");
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    const body = { text: "Hi", operator: "dana" };
    const reply = async (by: string, asked = headers) =>
      await api.call(`POST /v1/conversations/${id}/replies`, {
        key: acme.key,
        body: { ...body, operator: by },
        headers: asked,
      });
    const unclaimed = await reply("dana");
    expect([unclaimed.status, unclaimed.body["code"]]).toEqual([409, "not_claimed"]);
    expect(unclaimed.body["detail"]).toContain(`POST /v1/conversations/${id}/claim`);
    await act(id, "claim", { operator: "dana" });
    expect((await reply("eli")).body["code"]).toBe("claimed_by_other");
    const keyless = await reply("dana", {} as typeof headers);
    expect([keyless.status, keyless.body["code"]]).toEqual([400, "idempotency_key_missing"]);
    const first = await reply("dana");
    const again = await reply("dana");
    expect([first.status, again.body]).toEqual([202, first.body]);
    expect(await transcript(id)).toMatchObject([{ text: "Hi", author: "human", operator: "dana" }]);
  });

  it("is not handed off while somebody has it or it is paused", async () => {
    const id = await open("held");
    await act(id, "pause");
    expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_held");
    expect((await act(id, "resume")).body).toMatchObject({ paused_at: null });
    const handed = await act(id, "handoff", { timeout_s: 60 });
    expect(handed.body).toMatchObject({ hold: "conversation_paused", pause_reason: "handoff" });
    const claimed = await act(id, "claim", { operator: "dana" });
    expect(claimed.body).toMatchObject({ hold: "human_claimed", paused_at: null });
    expect((await act(id, "handoff", { timeout_s: 60 })).body["code"]).toBe("conversation_held");
    const short = await act(id, "handoff", { timeout_s: 1.5 });
    expect(short.body["errors"]).toMatchObject([{ field: "body.timeout_s" }]);
  });
});

it("lists the parts that did not arrive, by what went wrong", async () => {
  const listed = async (query = "") =>
    (await api.call(`GET /v1/deliveries${query}`, { key: acme.key })).body["data"] as unknown as {
      id: string;
    }[];
  expect((await listed()).map(({ id }) => id)).toEqual([acme.deliveryId]);
  expect(await listed("?trouble=unknown")).toMatchObject([{ state: "unknown", turn_id: acme.turnId }]);
  expect(await listed("?trouble=refused")).toEqual([]);
});
