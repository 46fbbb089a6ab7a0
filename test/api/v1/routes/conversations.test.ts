import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toReplyText } from "../../../../db/delivery/reply-text.ts";
import { findConversationOwner, openConversation } from "../../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../../db/inbound/inbox.ts";
import { storeMessageChange } from "../../../../db/inbound/message-changes.ts";
import { openOutboundTurn } from "../../../../db/turns/outbound-turns.ts";
import { storeReceipt } from "../../../../db/delivery/receipts.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
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
    arrivedAt: null,
    quietMs: 0,
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
    const change = { ...acme, from, thread: "", providerTime: null };
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
    const turn = { key: "one", origin, parts: [toReplyText("Hi,"), toReplyText("Dana here.")] };
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

it("reply parts that did not arrive are listed by their kind of failure", async () => {
  const listDeliveries = async (query = "") =>
    (await api.call(`GET /v1/deliveries${query}`, { key: acme.key })).body["data"] as unknown as {
      id: string;
    }[];
  expect((await listDeliveries()).map(({ id }) => id)).toEqual([acme.deliveryId]);
  expect(await listDeliveries("?trouble=unknown")).toMatchObject([
    { state: "unknown", turn_id: acme.turnId },
  ]);
  expect(await listDeliveries("?trouble=refused")).toEqual([]);
});
