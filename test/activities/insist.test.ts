import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { insist } from "../../activities/insist.ts";
import { settleAttempt } from "../../db/deliveries.ts";
import { connectPostgres } from "../../db/postgres.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { loseAll, openProxy } from "../faults/proxy/open-proxy.ts";
import { postgresDialogue } from "../faults/proxy/postgres-dialogue.ts";
import { proxiedUrl } from "../faults/proxy/proxied-url.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";
import { seedTurns } from "../support/seed-turns.ts";

let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("insist");
});
afterAll(() => opened.close());

it("the outcome of a send is written in spite of two lost answers, and once", async () => {
  const proxy = await openProxy(opened.url, postgresDialogue);
  const options = { maxConnections: 1, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: proxiedUrl(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  let lost = 0;
  await proxy.inject([loseAll({ only: () => lost++ < 2 })]);
  const acceptedAt = new Date();
  await insist(() => settleAttempt(db, seeded.part, { state: "accepted", providerId: "p1", acceptedAt }));
  const [row] = await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  expect(row).toMatchObject({ state: "accepted", providerId: "p1" });
  expect(proxy.lost).toHaveLength(2);
});

it("what Postgres refuses is not tried again", async () => {
  let tries = 0;
  const refused = insist(async () => {
    tries++;
    await opened.db.execute("SELECT 1 / 0");
  });
  await expect(refused).rejects.toThrow();
  expect(tries).toBe(1);
});
