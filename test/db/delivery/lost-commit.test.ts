import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { awaitConnection } from "../../support/await-connection.ts";
import { type GateDecision, openGate } from "../../../db/delivery/gate.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { loseAllResponses, openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";
import type { LostResponse } from "../../tools/faults/proxy/toxic.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { seedTurns, type SeededTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("lost_commit");
});
afterAll(() => opened.close());

/** The gate of one reply part, with a database connection that loses the responses of one kind of request. */
async function runGateLosingResponse(lost: Partial<LostResponse>) {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const options = {
    maxConnections: 2,
    applicationName: "test",
    statementTimeoutMs: 1_000,
    onError: () => undefined,
  };
  const db = connectPostgres({ url: urlThroughProxy(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  await awaitConnection(db);
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  await proxy.inject([loseAllResponses(lost)]);
  const decision = await gate(db, seeded).catch((error: unknown) => error);
  const [row] = await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  return { decision, row, counts: proxy.counts() };
}

async function gate(db: Database, seeded: SeededTurn): Promise<GateDecision> {
  return await openGate(db, {
    ...seeded,
    policy: () => ({ act: "send", template: false }),
    reroute: () => Promise.reject(new Error("Nobody is linked here.")),
  });
}

const isCommit = (label: string) => label === "commit";

it.each(["answered", "forwarded"] as const)(
  "a gate that lost the response to its COMMIT (%s) recognises its own mark, and sends",
  async (when) => {
    const { decision, row, counts } = await runGateLosingResponse({ when, only: isCommit });
    expect(decision).toMatchObject({ act: "sending", attempt: 1 });
    expect(row).toMatchObject({ state: "sending", attempt: 1 });
    expect(counts).toEqual({ "lose_response commit": 1 });
  },
);

it("a gate that gets the result of its COMMIT too late removes its mark, so that the next attempt sends", async () => {
  const { decision, row } = await runGateLosingResponse({ connectionLeft: "hanging", only: isCommit });
  expect(decision).toBeInstanceOf(Error);
  expect(row).toMatchObject({ state: "intended", attempt: 0, firstAttemptAt: null });
});

it("a gate with a transaction that was lost before its COMMIT has no mark", async () => {
  const { decision, row } = await runGateLosingResponse({ only: (label) => label === "in_transaction" });
  expect(decision).toBeInstanceOf(Error);
  expect(row).toMatchObject({ state: "intended", attempt: 0 });
});
