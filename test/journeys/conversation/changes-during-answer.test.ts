import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { tenants } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { sendTelegram } from "../../support/channels/send-telegram.ts";

const MODEL = { path: "/v1/responses" } as const;

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterEach(async () => {
  parley.openai.faults.clear();
  await parley.db.update(tenants).set({ supersede: "answer_then_continue" });
});
afterAll(() => parley.close());

const awaitEnd = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);
/** Delays the next completion. The delay leaves time for a change during the model call. The result waits for that call. */
function slowModel(delayMs = 5_000) {
  parley.openai.faults.replace([{ match: MODEL, times: 1, fault: { delay_ms: delayMs } }]);
  return async () =>
    await eventually("the model call", async () => parley.openai.faults.list()[0]?.fired === 1);
}

describe("while an answer is being made", () => {
  it("a STOP during generation prevents the reply, and only the confirmation is sent", async () => {
    const awaitModelCall = slowModel();
    const first = await parley.sendWebhook({ from: "stopper", text: "Can I return a bell?" });
    await awaitModelCall();
    const stop = await parley.sendWebhook({ from: "stopper", text: "STOP" });
    expect(await awaitEnd(first.id)).toMatchObject({ state: "suppressed", reason: "opted_out" });
    expect(await awaitEnd(stop.id)).toMatchObject({ state: "answered" });
    expect((await repliesTo("stopper")).map((reply) => reply.in_reply_to)).toEqual([[stop.id]]);
    const again = await parley.sendWebhook({ from: "stopper", text: "stop" });
    expect(await awaitEnd(again.id)).toMatchObject({ state: "suppressed", reason: "opted_out" });
    expect(await repliesTo("stopper")).toHaveLength(1);
  });

  it("a newer message supersedes the reply if the tenant wants that, and the cost stays recorded", async () => {
    await parley.db.update(tenants).set({ supersede: "regenerate" });
    const awaitModelCall = slowModel();
    const first = await parley.sendWebhook({ from: "corrects", text: "Can I return a bell?" });
    await awaitModelCall();
    const second = await parley.sendWebhook({ from: "corrects", text: "Sorry, I meant a lamp" });
    const rows = [await awaitEnd(first.id), await awaitEnd(second.id)];
    expect(rows.map(({ state }) => state)).toEqual(["answered", "answered"]);
    expect(new Set(rows.map(({ turnId }) => turnId)).size).toBe(1);
    expect((await repliesTo("corrects")).map((reply) => reply.in_reply_to)).toEqual([[first.id, second.id]]);
    const { id } = await findConversationOf(parley.db, first.id);
    const discarded = await parley.db.select().from(turns).where(eq(turns.conversationId, id));
    expect(discarded).toHaveLength(2);
    expect(discarded.find(({ outcome }) => outcome === "superseded")?.costUsd).toBeGreaterThan(0);
    expect(discarded.find(({ outcome }) => outcome === "answered")?.costUsd).toBeGreaterThan(0);
  });

  it("Telegram shows typing to the contact until the reply is sent", async () => {
    const awaitModelCall = slowModel(7_000);
    const { id } = await sendTelegram(parley, { chat: 4_300_001, text: "Can I return a bell?" });
    await awaitModelCall();
    const ended = await awaitEnd(id);
    expect(ended).toMatchObject({ state: "answered" });
    // Workflow ids are not encrypted, and the message ids of this vendor contain the id of the contact.
    expect(ended.workflowId).toMatch(/^msg:telegram\/main:[\w-]{22}$/);
    const calls = parley.telegram.log.entries().map(({ path }) => path.split("/").at(-1));
    expect(calls.filter((method) => method === "sendChatAction").length).toBeGreaterThanOrEqual(2);
    expect(calls.at(-1)).toBe("sendMessage");
  });
});

describe("a receipt that says a text did not arrive", () => {
  const status = async (sid: string, fields: Record<string, string>) => {
    const { response } = await parley.sendSms({ sid, from: "+15550100181", text: "", fields });
    expect(response.status).toBe(200);
  };
  const partsOf = async (turnId: string | null) =>
    await parley.db
      .select()
      .from(deliveries)
      .where(eq(deliveries.turnId, turnId ?? ""));

  async function sendAnsweredSms(from: string): Promise<{ turnId: string | null; providerId: string }> {
    const { sid } = await parley.sendSms({ from, text: "Can I return a bell?" });
    const { turnId } = await awaitEnd(sid);
    const [part] = await partsOf(turnId);
    return { turnId, providerId: part?.providerId ?? "" };
  }

  it("a receipt with a transient failure sends the text once more, as its own turn", async () => {
    const from = "+15550100182";
    const { turnId, providerId } = await sendAnsweredSms(from);
    await status(providerId, { MessageStatus: "failed", SmsStatus: "failed", ErrorCode: "30001", To: from });
    await eventually("the second send", async () => (await parley.texts(from)).length === 2);
    const [first, second] = await parley.texts(from);
    expect(second?.body).toBe(first?.body);
    const [part] = await partsOf(turnId);
    expect(part).toMatchObject({ state: "accepted", receipt: "failed", refusal: "throttle" });
    const repair = await parley.temporal?.workflow.getHandle(`repair:${part?.id}`).result();
    expect(repair).toMatchObject({ class: "throttle" });
    const own = (repair as { turnId: string }).turnId;
    expect(own).not.toBe(turnId);
    const reply = await parley.temporal?.workflow.getHandle(`reply:${own}`).result();
    expect(reply).toMatchObject({ outcome: "answered" });
  });

  it("a receipt with a permanent failure ends the message with its class, and a block by the contact is an opt-out", async () => {
    const from = "+15550100183";
    const { turnId, providerId } = await sendAnsweredSms(from);
    await status(providerId, {
      MessageStatus: "undelivered",
      SmsStatus: "undelivered",
      ErrorCode: "30004",
      To: from,
    });
    await eventually(
      "the class of the refusal",
      async () => (await partsOf(turnId))[0]?.refusal === "optout",
    );
    const next = await parley.sendSms({ from, text: "And a lamp?" });
    expect(await awaitEnd(next.sid)).toMatchObject({ state: "suppressed", reason: "opted_out" });
    expect(await parley.texts(from)).toHaveLength(1);
    const { rows } = await parley.db.execute<{ source: string }>(
      sql`SELECT source FROM consents WHERE source LIKE 'receipt:%'`,
    );
    expect(rows).toEqual([{ source: "receipt:30004" }]);
  });
});
