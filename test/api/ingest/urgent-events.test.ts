import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createStoreInlined } from "../../../activities/store-inlined.ts";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { conversations, inbox, messageChanges } from "../../../db/schema/conversations.ts";
import type { InlinedInput, MessageInput } from "../../../workflows/types.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { eventually } from "../../support/eventually.ts";
import { openCutOffIngress } from "../../support/ingest/open-cut-off-ingress.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("urgent_events");
});
afterAll(() => opened.close());

/** What a worker does with the workflows that were started. */
async function runStarts(starts: ReadonlyMap<string, MessageInput>) {
  const outages = { awaitAvailable: async () => undefined, extendHolds: () => undefined };
  const stepHealth = { countPass: () => undefined, findPoison: async () => null };
  const { db, vault } = opened;
  const storeInlined = createStoreInlined({ db, vault, outages, stepHealth });
  const kinds = [];
  for (const input of starts.values())
    kinds.push((await runActivity(() => storeInlined(input as InlinedInput))).kind);
  return kinds;
}

const countAll = async (db: Database) => ({
  inbox: await db.$count(inbox),
  changes: await db.$count(messageChanges),
  consents: await db.$count(consents),
  lines: Number((await db.execute<{ n: string }>(sql`SELECT count(*) AS n FROM messages`)).rows[0]?.n),
});

it("all that silences takes effect by a workflow while an ingress has no Postgres, and its spool changes nothing later", async () => {
  const { db, vault } = opened;
  const { account, spool, starts, state, ingest, drain } = openCutOffIngress(opened, "cut");
  const stored = newMessage(account, { from: "dan", providerMessageId: "d1" });
  await storeInbound(db, vault, stored);
  const change = { from: "dan", providerTime: null } as const;
  const typed = { kind: "message", origin: "typed", providerTime: null } as const;
  const events: InboundEvent[] = [
    { ...typed, providerMessageId: "a1", from: "ann", text: "A question" },
    { ...typed, providerMessageId: "a2", from: "ann", text: "Stop!" },
    { ...typed, providerMessageId: "b1", from: "ben", text: "agent" },
    { kind: "consent", from: "cleo", state: "opted_out", source: "advanced_opt_out" },
    { kind: "delete", changeId: "d2", targetMessageId: "d1", text: "", ...change },
    { kind: "edit", changeId: "d4", targetMessageId: "d3", text: "A better question", ...change },
    { kind: "agent_reply", providerMessageId: "e1", to: "eve", text: "Hi", providerTime: null },
  ];
  for (const event of events) expect(await ingest(event)).toBe("spooled");
  expect(spool.counts().waiting).toBe(7);
  expect(await runStarts(starts)).toEqual(["stored", "stored", "applied", "applied", "applied", "applied"]);

  const outs = await db.select().from(consents).where(eq(consents.state, "opted_out"));
  expect(outs.map(({ source }) => source).toSorted()).toEqual(["advanced_opt_out", "keyword"]);
  const rows = await db.select().from(inbox);
  expect(Object.fromEntries(rows.map(({ providerMessageId: id, state: is }) => [id, is]))).toEqual({
    a2: "pending",
    b1: "pending",
    d1: "suppressed",
  });
  const takenOver = await db
    .select()
    .from(conversations)
    .where(eq(conversations.takenOverBy, "vendor_inbox"));
  expect(takenOver).toHaveLength(1);

  const before = await countAll(db);
  state.hasPostgres = true;
  drain.start();
  await eventually("an empty spool", async () => spool.counts().waiting === 0);
  await drain.stop();
  expect(spool.counts().refused).toBe(0);
  expect(await countAll(db)).toEqual({ ...before, inbox: before.inbox + 1, lines: before.lines + 1 });
});

it("an opt-out without a time counts from its arrival, so the spool does not reverse a later opt-in", async () => {
  const { db } = opened;
  const { account, spool, starts, state, ingest, drain } = openCutOffIngress(opened, "late");
  await ingest({ kind: "consent", from: "finn", state: "opted_out", source: "advanced_opt_out" });
  await runStarts(starts);
  const { vault } = opened;
  await storeInbound(db, vault, newMessage(account, { from: "finn", text: "START", keyword: "start" }));
  state.hasPostgres = true;
  drain.start();
  await eventually("an empty spool", async () => spool.counts().waiting === 0);
  await drain.stop();
  const [consent] = await db.select().from(consents).where(eq(consents.accountId, "late"));
  expect(consent).toMatchObject({ state: "opted_in", source: "keyword" });
});

it("a STOP that a full disk rejects is accepted by its workflow, and a message without a wish for silence is not", async () => {
  const { starts, ingest } = openCutOffIngress(opened, "full", { limitBytes: 40_000 });
  const message = { kind: "message", origin: "typed", from: "gina", providerTime: null } as const;
  const fill = async (n: number, length: number) =>
    await ingest({ ...message, providerMessageId: `g${n}-${length}`, text: "x".repeat(length) }).catch(
      () => "rejected",
    );
  for (const length of [4_000, 300]) for (let n = 0; (await fill(n, length)) === "spooled"; n++);
  expect(starts.size).toBe(0);
  const stop = { ...message, providerMessageId: "stop", text: "STOP".padEnd(390, "!") };
  expect(await ingest(stop)).toBe("inlined");
  expect(starts.size).toBe(1);
});

it("without Postgres and Temporal a STOP is kept once, and is acknowledged when it is in effect", async () => {
  const { starts, state, spool, ingest, drain } = openCutOffIngress(opened, "both", { hasTemporal: false });
  const message = { kind: "message", origin: "typed", from: "hugo", providerTime: null } as const;
  const stop = { ...message, providerMessageId: "h2", text: "STOP" };
  await ingest({ ...message, providerMessageId: "h1", text: "Hello" });
  for (let delivery = 0; delivery < 3; delivery++)
    await expect(ingest(stop)).rejects.toMatchObject({ status: 503 });
  expect(starts.size).toBe(0);
  expect(spool.counts().waiting).toBe(2);
  drain.start();
  state.hasTemporal = true;
  await eventually("the workflow", async () => starts.size === 1);
  expect([...starts.values()].map(({ providerMessageId }) => providerMessageId)).toEqual(["h2"]);
  await drain.stop();
  state.hasWorker = false;
  await expect(ingest(stop)).rejects.toMatchObject({ status: 503 });
  state.hasWorker = true;
  expect(await ingest(stop)).toBe("spooled");
  expect(spool.counts()).toEqual({ waiting: 2, refused: 0 });
});
