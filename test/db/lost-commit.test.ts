import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type GateDecision, openGate } from "../../db/gate.ts";
import { connectPostgres, type Database } from "../../db/postgres.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { loseAll, openProxy } from "../faults/proxy/open-proxy.ts";
import { postgresDialogue } from "../faults/proxy/postgres-dialogue.ts";
import { proxiedUrl } from "../faults/proxy/proxied-url.ts";
import type { LostAnswer } from "../faults/proxy/toxic.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";
import { seedTurns, type SeededTurn } from "../support/seed-turns.ts";

let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("lost_commit");
});
afterAll(() => opened.close());

/** The gate of one part, asked through a database that loses the answers of one kind of request. */
async function gateLosing(lost: Partial<LostAnswer>) {
  const proxy = await openProxy(opened.url, postgresDialogue);
  const options = {
    maxConnections: 2,
    applicationName: "test",
    statementTimeoutMs: 1_000,
    onError: () => undefined,
  };
  const db = connectPostgres({ url: proxiedUrl(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  await proxy.inject([loseAll(lost)]);
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
  "a gate whose COMMIT was %s to nobody knows that the mark is its own, and sends",
  async (when) => {
    const { decision, row, counts } = await gateLosing({ when, only: isCommit });
    expect(decision).toMatchObject({ act: "sending", attempt: 1 });
    expect(row).toMatchObject({ state: "sending", attempt: 1 });
    expect(counts).toEqual({ "lose_answer commit": 1 });
  },
);

it("a gate that hears of its COMMIT too late takes its mark back, so that the next attempt sends", async () => {
  const { decision, row } = await gateLosing({ left: "hanging", only: isCommit });
  expect(decision).toBeInstanceOf(Error);
  expect(row).toMatchObject({ state: "intended", attempt: 1 });
});

it("a gate whose transaction was lost before its COMMIT has marked nothing", async () => {
  const { decision, row } = await gateLosing({ only: (label) => label === "in_transaction" });
  expect(decision).toBeInstanceOf(Error);
  expect(row).toMatchObject({ state: "intended", attempt: 0 });
});
