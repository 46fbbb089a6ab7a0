import { randomUUID } from "node:crypto";
import { inject, expect, it } from "vitest";
import { createFirstAttempts } from "../../../activities/events/first-attempts.ts";
import { createSweeper } from "../../../activities/worker/sweeper.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { emitEvent } from "../../../db/events/outgoing-events.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { createEgressGuard } from "../../../infra/runtime/network/egress-guard.ts";
import { connectTemporal, temporalSettings } from "../../../infra/runtime/temporal/temporal-client.ts";
import { freePort } from "../../../infra/sandbox/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { openHttpPeer, respondWith } from "../../support/http-peer.ts";
import { openDatabase } from "../../support/open-database.ts";

it("first attempts at events are made while Temporal is unavailable, and failed ones wait for it", async () => {
  const config = loadConfig(inject("sandboxEnv"));
  const opened = await openDatabase("without_temporal");
  const { db, vault, url: databaseUrl } = opened;
  const address = `127.0.0.1:${await freePort()}`;
  const temporal = connectTemporal({ ...temporalSettings(config), address }, config.PARLEY_ENCRYPTION_KEYS);
  const accepting = await openHttpPeer(respondWith(204));
  const failing = await openHttpPeer(respondWith(500));
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [accepting.host, failing.host] });
  const log = createLog({ level: "silent", name: "test" });
  const firstAttempts = createFirstAttempts({
    db,
    sweeperDb: db,
    vault,
    egress,
    log,
    delayBeforeEventMs: () => 0,
    disableAfterMs: 3_600_000,
  });
  const given = { db, vault, databaseUrl, temporal, taskQueue: "none", log, build: "test", firstAttempts };
  const sweeper = createSweeper(given);
  const tenantId = randomUUID();
  for (const { url } of [accepting, failing])
    await createEventEndpoint(db, vault, { tenantId, url, types: [], includeText: false });
  const emit = async () =>
    await emitEvent(db, { tenantId, type: "conversation.taken_over", conversationId: null, data: {} });
  const readRows = async () => await db.select().from(eventDeliveries);
  sweeper.start();
  try {
    // The failed attempt of each round needs a workflow, and its start fails again and again.
    for (const count of [1, 2, 3]) {
      await emit();
      await eventually(`${count} accepted events`, async () => accepting.requests.length === count);
    }
    await eventually("the first attempts of the failing endpoint", async () => {
      const failed = (await readRows()).filter(({ code }) => code === "http_500");
      return failed.length === 3;
    });
  } finally {
    await sweeper.stop(0);
    await temporal.connection.close();
    await egress.close();
  }
  expect((await readRows()).map(({ state, attempt }) => `${state} ${attempt}`).toSorted()).toEqual([
    ...Array.from({ length: 3 }, () => "delivered 1"),
    ...Array.from({ length: 3 }, () => "pending 1"),
  ]);
  expect(failing.requests).toHaveLength(3);
  await opened.close();
});
