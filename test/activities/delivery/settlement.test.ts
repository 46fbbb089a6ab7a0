import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { awaitConnection } from "../../support/await-connection.ts";
import { createSettlement } from "../../../activities/delivery/settlement.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { loseAllResponses, openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("settlement");
});
afterAll(() => opened.close());

it("the outcome of a send is written exactly once although two responses of Postgres are lost", async () => {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const options = { maxConnections: 1, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: urlThroughProxy(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  await awaitConnection(db);
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  let lost = 0;
  await proxy.inject([loseAllResponses({ only: () => lost++ < 2 })]);
  const { settle } = createSettlement({ db });
  await settle(seeded.part, { state: "accepted", providerId: "p1" });
  const [row] = await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  expect(row).toMatchObject({ state: "accepted", providerId: "p1" });
  expect(proxy.lostResponses).toHaveLength(2);
});
