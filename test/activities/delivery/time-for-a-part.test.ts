import { ApplicationFailure } from "@temporalio/activity";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createDeliver } from "../../../activities/deliver.ts";
import type { SendRates } from "../../../activities/delivery/send-rates.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { BEGIN_PART_MS, TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { egressTo } from "../../support/channels/samples.ts";
import { openDatabase, type OpenDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedReply } from "../../support/activities/seed-reply.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("part_time");
});
afterAll(() => opened.close());

const UNLIMITED: SendRates = { take: async () => 0 };

/** A reply on a channel whose vendor takes so long, and `deliver` as a worker has it. */
async function openReply({
  texts = ["An answer."],
  vendorMs = 0,
  sendRates = UNLIMITED,
  channel = {},
}: {
  texts?: readonly string[];
  vendorMs?: number;
  sendRates?: SendRates;
  channel?: Partial<OutboundChannel>;
}) {
  const sent: string[] = [];
  const url = "http://vendor.test";
  const webhook: OutboundChannel = {
    ...createWebhookChannel({ egress: egressTo(url), now: () => new Date(), random: Math.random }),
    async send({ text }) {
      sent.push(text);
      await new Promise((resolve) => setTimeout(resolve, vendorMs));
      return { kind: "accepted", providerId: text };
    },
    ...channel,
  };
  const { db, vault } = opened;
  const { scope } = await seedReply(db, vault, { address: url, texts });
  const deliver = createDeliver({
    outages: { holdMs: () => 0 },
    db,
    vault,
    channels: { webhook },
    sendRates,
  });
  const attempt = async (info: { isLocal: boolean; startToCloseTimeoutMs: number }) =>
    await runActivity(() => deliver({ turnId: scope.turnId }), info).catch((error: unknown) => {
      if (error instanceof ApplicationFailure) return { type: error.type, message: error.message };
      throw error;
    });
  const isOwn = eq(deliveries.turnId, scope.turnId);
  const states = async () =>
    await opened.db
      .select({ state: deliveries.state, attempt: deliveries.attempt })
      .from(deliveries)
      .where(isOwn)
      .orderBy(deliveries.part);
  return { sent, attempt, states, isOwn };
}

const OUT_OF_TIME = { type: "DeliveryDeferred", message: expect.stringContaining("out_of_time") as string };

it.each([true, false])(
  "a part whose own time limit does not fit is not begun (local activity: %s)",
  async (isLocal) => {
    const reply = await openReply({});
    expect(await reply.attempt({ isLocal, startToCloseTimeoutMs: 4_000 })).toMatchObject(OUT_OF_TIME);
    expect(reply.sent).toEqual([]);
    expect(await reply.states()).toEqual([{ state: "intended", attempt: 0 }]);
    const whole = { isLocal, startToCloseTimeoutMs: TIME_LIMITS_MS.firstSend };
    expect(await reply.attempt(whole)).toMatchObject({ outcome: "answered" });
  },
);

it("a reply of ten parts is sent once and whole by attempts that begin no part too late", async () => {
  const texts = Array.from({ length: 10 }, (_, i) => `Part ${i}`);
  const reply = await openReply({ texts, vendorMs: 250 });
  const limits = { isLocal: false, startToCloseTimeoutMs: BEGIN_PART_MS + 1_500 };
  expect(await reply.attempt(limits)).toMatchObject(OUT_OF_TIME);
  const begun = reply.sent.length;
  expect(begun).toBeGreaterThan(0);
  expect(begun).toBeLessThan(10);
  expect((await reply.states()).map(({ state }) => state)).toEqual(
    texts.map((_, i) => (i < begun ? "accepted" : "intended")),
  );
  const whole = { ...limits, startToCloseTimeoutMs: TIME_LIMITS_MS.retryingSend };
  expect(await reply.attempt(whole)).toMatchObject({ outcome: "answered", reason: null });
  expect(reply.sent).toEqual(texts);
});

it("the waits for tokens of the send rate end in time", async () => {
  const reply = await openReply({ sendRates: { take: async () => 150 } });
  const limits = { isLocal: false, startToCloseTimeoutMs: BEGIN_PART_MS + 500 };
  expect(await reply.attempt(limits)).toMatchObject(OUT_OF_TIME);
  expect(reply.sent).toEqual([]);
});

it("a vendor is asked for a lost response only if the time limit of the question fits", async () => {
  let questions = 0;
  const reconcile = async () => {
    questions += 1;
    return { kind: "found", providerId: "found", provenBy: "delivery_id" } as const;
  };
  const reply = await openReply({ channel: { deliveryClass: "reconcile", reconcile } });
  const ago = sql`clock_timestamp() - interval '1 minute'`;
  await opened.db
    .update(deliveries)
    .set({ state: "sending", attempt: 1, firstAttemptAt: ago, updatedAt: ago })
    .where(reply.isOwn);
  expect(await reply.attempt({ isLocal: false, startToCloseTimeoutMs: 10_000 })).toMatchObject(OUT_OF_TIME);
  expect(await reply.states()).toEqual([{ state: "sending", attempt: 1 }]);
  expect(questions).toBe(0);
  const whole = { isLocal: false, startToCloseTimeoutMs: TIME_LIMITS_MS.retryingSend };
  expect(await reply.attempt(whole)).toMatchObject({ outcome: "answered" });
  expect(reply.sent).toEqual([]);
});
