import { afterAll, beforeAll, expect, it } from "vitest";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createDeliver } from "../../../activities/deliver.ts";
import { egressTo } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedReply } from "../../support/activities/seed-reply.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("held_sends");
});
afterAll(() => opened.close());

it.each([
  { random: 0, delayMs: 300 },
  { random: 0.5, delayMs: 1_300 },
  { random: 0.999, delayMs: 2_298 },
])("a held send begins up to two seconds after the hold ($random)", async ({ random, delayMs }) => {
  const { db, vault } = opened;
  const url = "http://vendor.test";
  const webhook = createWebhookChannel({ egress: egressTo(url), now: () => new Date(), random: Math.random });
  const { scope } = await seedReply(db, vault, { address: url });
  const deliver = createDeliver({
    db,
    vault,
    channels: { webhook },
    sendRates: { take: async () => 0 },
    outages: { holdMs: () => 300 },
    random: () => random,
  });
  await expect(runActivity(() => deliver({ turnId: scope.turnId }))).rejects.toMatchObject({
    type: "DeliveryDeferred",
    nextRetryDelay: delayMs,
  });
});
