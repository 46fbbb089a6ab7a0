import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({
    env: {
      // Longer than a busy machine needs between two messages of a burst.
      PARLEY_QUIET_WINDOW_SMS_MS: "3000",
      PARLEY_QUIET_CAP_MS: "10000",
      // One token a minute, so that the rate limit does not refill during its test.
      PARLEY_CONTACT_RATE_PER_MINUTE: "1",
    },
  });
});
afterAll(() => parley.close());

const ends = (ids: string[]) =>
  eventually(`ends for ${ids.length} messages`, async () => {
    const rows = await findMessageOutcomes(parley.db, ids);
    return rows.length === ids.length && rows.every(({ state }) => !["pending", "in_turn"].includes(state))
      ? rows
      : null;
  });
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);

describe("redelivery", () => {
  it("the redelivery of one webhook, 50 at once and again later, gives one workflow and one reply", async () => {
    const id = "msg_fifty";
    const copies = await Promise.all(
      Array.from({ length: 50 }, () =>
        parley.sendWebhook({ id, from: "buyer-50", text: "Can I return a lamp?" }),
      ),
    );
    expect(new Set(copies.map(({ response }) => response.status))).toEqual(new Set([202]));
    await ends([id]);
    const late = await parley.sendWebhook({ id, from: "buyer-50", text: "Can I return a lamp?" });
    expect(late.response.status).toBe(202);
    // A message of another contact that is answered after the redelivery: by then a second workflow would have replied too.
    const next = await parley.sendWebhook({ from: "after-fifty", text: "Can I return a lamp?" });
    await ends([next.id]);
    expect(await repliesTo("buyer-50")).toHaveLength(1);
    // The list of Temporal shows a run with a delay.
    const runs = await eventually("the run in the list", async () => {
      const found = [];
      for await (const run of parley.temporal?.workflow.list({
        query: `WorkflowId = 'msg:webhook/main:${id}'`,
      }) ?? [])
        found.push(run);
      return found.length > 0 && found;
    });
    expect(runs).toHaveLength(1);
  });
});

describe("the quiet window", () => {
  it("the quiet window joins three messages of a burst into one turn, and the prompt has all three in order", async () => {
    const from = "+15550100142";
    const words = ["hello there burst", "quick question about a pump", "can i return it after 10 days"];
    const ids: string[] = [];
    for (const text of words) {
      ids.push((await parley.sendSms({ from, text })).sid);
      await new Promise((resolve) => setTimeout(resolve, 350));
    }
    const rows = await ends(ids);
    expect(new Set(rows.map(({ turnId }) => turnId)).size).toBe(1);
    expect(await parley.texts(from)).toHaveLength(1);
    const call = parley.openai.log
      .entries()
      .find(
        ({ path, body }) => path === "/v1/responses" && JSON.stringify(body).includes("hello there burst"),
      );
    const body = call?.body as { input: { content: string }[] } | undefined;
    const asked = body?.input.map(({ content }) => content);
    expect(asked?.filter((content) => !content.startsWith("<passage-"))).toEqual(words);
  });
});

describe("a message that arrives while a turn is running", () => {
  it("a message during a running turn is answered next by the same workflow, after the first reply", async () => {
    parley.openai.faults.replace([
      { match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 4_000 } },
    ]);
    const first = await parley.sendWebhook({ from: "bea", text: "How long do I have to exchange a size?" });
    await eventually("the model call", async () => parley.openai.faults.list()[0]?.fired === 1);
    const second = await parley.sendWebhook({ from: "bea", text: "And when do I get a refund?" });
    await ends([first.id, second.id]);
    const replies = await eventually("two replies", async () => {
      const both = await repliesTo("bea");
      return both.length === 2 ? both : null;
    });
    expect(replies.map((reply) => reply.in_reply_to)).toEqual([[first.id], [second.id]]);
    const joined = await parley.temporal?.workflow.getHandle(`msg:webhook/main:${second.id}`).result();
    expect(joined).toMatchObject({ kind: "joined", reason: "turn_running" });
  });

  it("none of 9 messages that one contact sends at once is lost or answered twice", async () => {
    const sent = await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        parley.sendWebhook({ from: "flood", text: `Can I return item ${i}?` }),
      ),
    );
    await ends(sent.map(({ id }) => id));
    const answered = (await repliesTo("flood")).flatMap((reply) => reply.in_reply_to);
    expect(answered.toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
  });
});

describe("consent", () => {
  it("STOP is confirmed once, later messages get no reply, and START ends the silence", async () => {
    const stop = await parley.sendWebhook({ from: "cara", text: "STOP please!" });
    await ends([stop.id]);
    const muted = await parley.sendWebhook({ from: "cara", text: "Can I return a bell?" });
    expect(await ends([muted.id])).toMatchObject([{ state: "suppressed", reason: "opted_out" }]);
    const start = await parley.sendWebhook({ from: "cara", text: "start" });
    await ends([start.id]);
    const asked = await parley.sendWebhook({ from: "cara", text: "Can I return a bell?" });
    expect(await ends([asked.id])).toMatchObject([{ state: "answered" }]);
    expect((await repliesTo("cara")).map(({ in_reply_to: ids }) => ids[0])).toEqual([
      stop.id,
      start.id,
      asked.id,
    ]);
  });

  it("STOP by SMS is recorded, and the carrier confirms it", async () => {
    const { sid } = await parley.sendSms({ from: "+15550100143", text: "Stop" });
    expect(await ends([sid])).toMatchObject([{ state: "suppressed", reason: "stop_answered_by_carrier" }]);
    expect(await parley.texts("+15550100143")).toEqual([]);
  });

  it("a block by the carrier (21610) is an opt-out, and no more SMS is sent", async () => {
    const from = "+15550100144";
    await fetch(`${parley.config.TWILIO_BASE_URL}/__control/opted-out`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ to: from }),
    });
    const first = await parley.sendSms({ from, text: "Do you exchange sizes?" });
    expect(await ends([first.sid])).toMatchObject([{ state: "failed", reason: "refused:optout:21610" }]);
    const second = await parley.sendSms({ from, text: "Anyone?" });
    expect(await ends([second.sid])).toMatchObject([{ state: "suppressed", reason: "opted_out" }]);
  });
});

describe("the rate limit", () => {
  it("the rate limit suppresses the turns of one contact above the burst, and no turns of other contacts", async () => {
    const sent = [];
    for (let i = 0; i < 14; i++) {
      sent.push(await parley.sendWebhook({ from: "greedy", text: `Return number ${i}?` }));
      await ends([sent[i]?.id ?? ""]);
    }
    const other = await parley.sendWebhook({ from: "modest", text: "Can I exchange a size?" });
    const rows = await ends(sent.map(({ id }) => id));
    const limited = rows.filter(({ reason }) => reason === "rate_limited");
    // A burst of 10 replies, one notice to slow down, and silence. Single calls to a slow Redis are decided by buckets in memory.
    expect(limited.length).toBeGreaterThanOrEqual(1);
    expect(limited.length).toBeLessThanOrEqual(3);
    expect(await ends([other.id])).toMatchObject([{ state: "answered" }]);
  });
});
