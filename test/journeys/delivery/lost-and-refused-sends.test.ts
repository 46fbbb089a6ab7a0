import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { readMessageStatus } from "../../../db/inbound/status.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const HOOK = { path: "/hooks" };
const MESSAGES = { path: "/2010-04-01", method: "POST" } as const;
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
beforeEach(() => {
  parley.sink.faults.clear();
  parley.twilio.faults.clear();
});
afterAll(() => parley.close());

const awaitEnd = (id: string) =>
  eventually(`an end for ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
const firedAtSink = () => parley.sink.faults.list().map(({ fired }) => fired);

describe("a send with a lost response", () => {
  it("a webhook send with a lost response is repeated with the same id and body, so the receiver keeps one", async () => {
    parley.sink.faults.replace([{ match: HOOK, times: 1, fault: { accept_then_drop: true } }]);
    const { id } = await parley.sendWebhook({ from: "lost-hook", text: "Can I return a bell?" });
    expect(await awaitEnd(id)).toMatchObject({ state: "answered" });
    const arrived = (await parley.replies()).filter(({ to }) => to === "lost-hook");
    expect(firedAtSink()).toEqual([1]);
    expect(arrived.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(new Set(arrived.map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(new Set(arrived.map(({ text }) => text)).size).toBe(1);
  });

  it("an SMS with a lost response is looked up at the carrier and not sent again", async () => {
    parley.twilio.faults.replace([{ match: MESSAGES, times: 1, fault: { accept_then_drop: true } }]);
    const { sid } = await parley.sendSms({ from: "+15550100161", text: "Can I return a bell?" });
    expect(await awaitEnd(sid)).toMatchObject({ state: "answered" });
    expect(await parley.texts("+15550100161")).toHaveLength(1);
    expect(await readMessageStatus(parley.db, sid)).toMatchObject({
      turn: { deliveries: [{ state: "accepted", attempt: 1 }] },
    });
  });

  it("an SMS with a lost response is sent again when the carrier does not have it", async () => {
    parley.twilio.faults.replace([{ match: MESSAGES, times: 1, fault: { cut: true } }]);
    const { sid } = await parley.sendSms({ from: "+15550100162", text: "Can I return a bell?" });
    // Twilio's list proves the absence 20 s after the attempt.
    await eventually("the lost response", async () => {
      const { rowCount } = await parley.db
        .execute(sql`UPDATE deliveries SET attempted_at = now() - interval '1 minute'
        WHERE code = 'response_lost' AND state = 'sending'`);
      return rowCount === 1;
    });
    expect(await awaitEnd(sid)).toMatchObject({ state: "answered" });
    expect(await parley.texts("+15550100162")).toHaveLength(1);
    expect(await readMessageStatus(parley.db, sid)).toMatchObject({
      turn: { deliveries: [{ state: "accepted", attempt: 2 }] },
    });
  });
});

it("a send that has to wait continues as a normal activity of the same run", async () => {
  parley.twilio.faults.replace([{ match: MESSAGES, times: 1, fault: { accept_then_drop: true } }]);
  const { sid } = await parley.sendSms({ from: "+15550100163", text: "Can I return a bell?" });
  await awaitEnd(sid);
  const handle = parley.temporal?.workflow.getHandle(`msg:twilio-sms/main:${sid}`);
  expect(await handle?.result()).toMatchObject({ kind: "answered" });
  const scheduled = (await handle?.fetchHistory())?.events?.flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
  expect(scheduled).toEqual(["deliver"]);
});

describe("a receiver that rejects a send", () => {
  it("a send that gets a 503 is retried on schedule, and a later message of that contact waits for it", async () => {
    parley.sink.faults.replace([{ match: HOOK, times: 1, fault: { status: 503 } }]);
    const first = await parley.sendWebhook({ from: "busy", text: "Can I return a bell?" });
    await eventually("the 503", async () => firedAtSink()[0] === 1);
    const second = await parley.sendWebhook({ from: "busy", text: "And a lamp?" });
    const other = await parley.sendWebhook({ from: "not-busy", text: "And a horn?" });
    await awaitEnd(other.id);
    expect((await parley.replies()).filter(({ to }) => to === "busy")).toEqual([]);
    await Promise.all([awaitEnd(first.id), awaitEnd(second.id)]);
    const order = (await parley.replies())
      .filter(({ to }) => to === "busy")
      .map((reply) => reply.in_reply_to);
    expect(order).toEqual([[first.id], [second.id]]);
  });

  it("a permanent refusal (400) fails the message with the reason, without a retry", async () => {
    parley.sink.faults.replace([{ match: HOOK, times: null, fault: { status: 400 } }]);
    const { id } = await parley.sendWebhook({ from: "refused", text: "Can I return a bell?" });
    expect(await awaitEnd(id)).toMatchObject({ state: "failed", reason: "refused:permanent:http_400" });
    expect(firedAtSink()).toEqual([1]);
  });

  it("a receiver that responds with 410 is never called again", async () => {
    parley.sink.faults.replace([{ match: HOOK, times: null, fault: { status: 410 } }]);
    const first = await parley.sendWebhook({ from: "gone", text: "Can I return a bell?" });
    expect(await awaitEnd(first.id)).toMatchObject({ state: "failed", reason: "refused:gone:http_410" });
    const second = await parley.sendWebhook({ from: "gone-too", text: "Can I return a bell?" });
    expect(await awaitEnd(second.id)).toMatchObject({ state: "failed", reason: "refused:gone:disabled" });
    expect(firedAtSink()).toEqual([1]);
  });
});
