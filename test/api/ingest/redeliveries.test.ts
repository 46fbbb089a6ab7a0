import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { InboundConsent, InboundEvent, InboundMessage } from "../../../api/channels/channel.ts";
import { createIngestEvent } from "../../../api/ingest/ingest-event.ts";
import { createIngestWithWorkflow } from "../../../api/ingest/inlined/ingest-with-workflow.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { Problem } from "../../../api/problem.ts";
import type { InlinedStart } from "../../../api/ingest/inlined/plan-inlined.ts";
import { storeInlined } from "../../../db/inbound/inlined-event.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { openCutOffIngress } from "../../support/ingest/open-cut-off-ingress.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const LOG = { warn: () => undefined, error: () => undefined };
let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("redeliveries");
});
afterAll(() => opened.close());

/** A body of Twilio with Advanced Opt-Out: a message whose words we do not know, and the consent. */
const writeOptOut = (from: string, messageId: string): [InboundMessage, InboundConsent] => [
  { kind: "message", origin: "typed", providerMessageId: messageId, from, text: "genug", providerTime: null },
  { kind: "consent", from, state: "opted_out", source: "advanced_opt_out", messageId },
];
const write = (from: string, text: string): InboundMessage => ({
  kind: "message",
  origin: "typed",
  providerMessageId: `${from}: ${text}`,
  from,
  text,
  providerTime: null,
});

/** An ingress without a spool. The workers store what it has given to Temporal when `runWorkers` is called, the last one first. */
function openIngress(accountId: string) {
  const { db, vault } = opened;
  const account = sampleAccount({ channel: "twilio-sms", accountId });
  const starter = { startMessage: async () => undefined, startRepair: async () => true };
  const messages = createStartMessage({ db, vault, starter, log: LOG });
  const store = createIngestEvent({ db, vault, messages, starter, log: LOG });
  const state = { hasPostgres: true, hasTemporal: true };
  const starts: InlinedStart[] = [];
  // Of two events of the same millisecond the STOP counts, so each delivery comes a second after the one before.
  let receivedAtMs = Date.now() - 60_000;
  const ingest = createIngestWithWorkflow({
    ingestEvent: async (...given) => {
      if (!state.hasPostgres) throw new Problem("unavailable", "The way to Postgres is cut.");
      return await store(...given);
    },
    async inlineEvent(start, { asksForSilence }) {
      if (!state.hasTemporal) return "rejected";
      starts.push(start);
      return asksForSilence ? "not_in_effect" : "accepted";
    },
    vault,
    toDatabaseTime: (time) => time,
    log: LOG,
  });
  return {
    state,
    async deliver(events: readonly InboundEvent[]): Promise<void> {
      receivedAtMs += 1_000;
      for (const event of events)
        await ingest(account, event, { receivedAt: new Date(receivedAtMs), quietMs: 0 }).catch(
          (error: unknown) => {
            expect(error).toMatchObject({ code: state.hasTemporal ? "not_in_effect" : "unavailable" });
          },
        );
    },
    async runWorkers(): Promise<void> {
      for (const { input } of starts.toReversed()) await storeInlined(db, vault, input);
    },
    readState: async () =>
      (await db.select().from(consents).where(eq(consents.accountId, accountId))).map(({ state: is }) => is),
  };
}

it("an opt-out without a time that is delivered again does not end an opt-in that followed it", async () => {
  const { deliver, readState } = openIngress("again");
  const optOut = writeOptOut("ann", "SM1");
  await deliver(optOut);
  expect(await readState()).toEqual(["opted_out"]);
  await deliver([write("ann", "START")]);
  await deliver(optOut);
  expect(await readState()).toEqual(["opted_in"]);
});

it.each([
  ["a STOP", [write("ben", "STOP")]],
  ["an opt-out at the vendor", writeOptOut("ben", "SM2")],
])(
  "%s that only a workflow has counts from its first arrival when it is delivered again",
  async (_name, out) => {
    const { state, deliver, runWorkers, readState } = openIngress(`first ${out.length}`);
    state.hasPostgres = false;
    await deliver(out);
    await deliver([write("ben", "START")]);
    state.hasPostgres = true;
    for (let delivery = 0; delivery < 2; delivery++) await deliver(out);
    expect(await readState()).toEqual(["opted_out"]);
    await runWorkers();
    expect(await readState()).toEqual(["opted_in"]);
  },
);

it.each([
  ["a STOP", [write("cleo", "STOP")]],
  ["an opt-out at the vendor", writeOptOut("cleo", "SM5")],
])("%s that only a workflow has does not end a START that is stored before it", async (_name, out) => {
  const { state, deliver, runWorkers, readState } = openIngress(`after ${out.length}`);
  state.hasPostgres = false;
  await deliver(out);
  state.hasPostgres = true;
  await deliver([write("cleo", "START")]);
  for (let delivery = 0; delivery < 2; delivery++) {
    await runWorkers();
    expect(await readState()).toEqual(["opted_in"]);
    await deliver(out);
  }
  await deliver([write("cleo", "STOP now"), write("cleo", "stop")]);
  expect(await readState()).toEqual(["opted_out"]);
});

it.each([
  ["a STOP", [write("dora", "STOP")]],
  ["an opt-out at the vendor", writeOptOut("dora", "SM6")],
])("%s that neither store has accepted counts from its first arrival", async (_name, out) => {
  const { state, deliver, readState } = openIngress(`neither ${out.length}`);
  Object.assign(state, { hasPostgres: false, hasTemporal: false });
  await deliver(out);
  state.hasPostgres = true;
  await deliver([write("dora", "START")]);
  await deliver(out);
  expect(await readState()).toEqual(["opted_in"]);
});

it.each([
  ["a STOP", [write("ed", "STOP")]],
  ["an opt-out at the vendor", writeOptOut("ed", "SM7")],
])("%s that a full spool has rejected counts from its first arrival", async (_name, out) => {
  const accountId = `full ${out.length}`;
  const { spool, state, ingest } = openCutOffIngress(opened, accountId);
  vi.spyOn(spool, "put").mockRejectedValue(new Error("database or disk is full"));
  state.hasWorker = false;
  // Of two events of the same millisecond the STOP counts.
  const aSecondAgo = new Date(Date.now() - 1_000);
  for (const event of out) await expect(ingest(event, aSecondAgo)).rejects.toThrow();
  state.hasPostgres = true;
  for (const event of [write("ed", "START"), ...out]) await ingest(event);
  const [consent] = await opened.db.select().from(consents).where(eq(consents.accountId, accountId));
  expect(consent).toMatchObject({ state: "opted_in", source: "keyword" });
});

it("no redelivery adds an entry to the spool or a workflow, while an event of another message does", async () => {
  const { spool, starts, ingest } = openCutOffIngress(opened, "grow");
  const through = new Date(0);
  const events: InboundEvent[] = [
    ...writeOptOut("cleo", "SM3"),
    write("dan", "STOP"),
    { kind: "receipt", providerId: "r1", state: "read", code: null, providerTime: null },
    { kind: "receipt", providerId: "r1", state: "sent", code: null, providerTime: null },
    { kind: "watermark", from: "eve", state: "read", through },
    { kind: "edit", changeId: "e1", targetMessageId: "m1", from: "eve", text: "Hi", providerTime: null },
    { kind: "agent_reply", providerMessageId: "a1", to: "eve", text: "Hi", providerTime: null },
    { kind: "ignored", what: "reaction" },
    { kind: "ignored", what: "echo" },
    { kind: "invalid", problems: [] },
  ];
  for (let delivery = 0; delivery < 3; delivery++) for (const event of events) await ingest(event);
  expect(spool.counts().waiting).toBe(events.length);
  expect(starts.size).toBe(4);
  for (const event of writeOptOut("cleo", "SM4")) await ingest(event);
  expect(spool.counts().waiting).toBe(events.length + 2);
});

it("a STOP is acknowledged when the drain has stored it, while Temporal does not work and a stuck entry keeps the spool in use", async () => {
  const { spool, state, ingest, drain } = openCutOffIngress(opened, "stuck", { hasTemporal: false });
  await ingest(write("finn", "Hello"));
  state.stuckContact = "finn";
  await expect(ingest(write("gina", "STOP"))).rejects.toMatchObject({ code: "not_in_effect" });
  state.hasPostgres = true;
  drain.start();
  await eventually("the STOP", async () => spool.counts().waiting === 1);
  expect(await ingest(write("gina", "STOP"))).toBe("spooled");
  expect(await ingest(write("hugo", "STOP"))).toBe("spooled");
  expect(spool.counts().waiting).toBe(1);
  const stored = await opened.db.select().from(consents).where(eq(consents.accountId, "stuck"));
  expect(stored.map(({ state: is }) => is)).toEqual(["opted_out", "opted_out"]);
  await drain.stop();
});
