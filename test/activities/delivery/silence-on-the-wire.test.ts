import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { awaitConnection } from "../../support/await-connection.ts";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createDeliver } from "../../../activities/deliver.ts";
import { createSendRates } from "../../../activities/delivery/send-rates.ts";
import { createIngestEvent } from "../../../api/ingest/ingest-event.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { withoutTransaction } from "../../../api/operations/operation-context.ts";
import { disableAccount, pauseAccount } from "../../../api/operations/accounts.ts";
import { setConsent } from "../../../api/operations/contacts.ts";
import { handOff, pause, takeOver } from "../../../api/operations/takeover.ts";
import { pauseTenant } from "../../../api/operations/tenants.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { egressTo, sampleAccount } from "../../support/channels/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { type HttpPeer, openHttpPeer } from "../../support/http-peer.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedReply } from "../../support/activities/seed-reply.ts";
import type { SeededTurn } from "../../support/seed-turns.ts";
import { openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("silence", { maxConnections: 20 });
});
afterAll(() => opened.close());

function ingestor() {
  const { db, vault } = opened;
  const starter = { startMessage: async () => undefined, startRepair: async () => true };
  const log = { warn: () => undefined, error: () => undefined };
  const messages = createStartMessage({ db, vault, starter, log });
  return createIngestEvent({ db, vault, messages, starter, log });
}

const account = ({ scope: { tenantId, accountId } }: SeededTurn) =>
  sampleAccount({ tenantId, accountId, channel: "webhook" });
const context = () => ({ receivedAt: new Date(), quietMs: 0 });
const operations = () => ({
  ...withoutTransaction(opened.db),
  vault: opened.vault,
  notify: async () => undefined,
  starter: { startReply: async () => true, startHandoff: async () => true },
});
const tenantOf = ({ scope: { tenantId } }: SeededTurn) => ({ tenantId });
const conversationOf = ({ scope: { tenantId, conversationId } }: SeededTurn) => ({
  tenantId,
  conversationId,
});
const accountOf = ({ scope: { tenantId, channel, accountId } }: SeededTurn) => ({
  tenantId,
  channel,
  accountId,
});

const takeOverSeeded = (seeded: SeededTurn) =>
  takeOver(operations(), { ...conversationOf(seeded), agent: "ada" });

/** Everything that promises silence with its acknowledgement. */
const PROMISES: Readonly<Record<string, (seeded: SeededTurn) => Promise<unknown>>> = {
  takeover: takeOverSeeded,
  "pause of the conversation": (seeded) => pause(operations(), conversationOf(seeded)),
  handoff: (seeded) => handOff(operations(), { ...conversationOf(seeded), timeoutS: 600 }),
  "pause of the account": (seeded) => pauseAccount(operations(), accountOf(seeded)),
  "end of the account": (seeded) => disableAccount(operations(), accountOf(seeded)),
  "pause of the tenant": (seeded) => pauseTenant(operations(), tenantOf(seeded)),
  "opt-out by an operator": (seeded) =>
    setConsent(operations(), {
      ...tenantOf(seeded),
      contactId: seeded.scope.contactId,
      accountId: null,
      state: "opted_out",
    }),
  "STOP of the contact": (seeded) =>
    ingestor()(
      account(seeded),
      {
        kind: "message",
        origin: "typed",
        providerMessageId: randomUUID(),
        from: seeded.address,
        text: "STOP",
        providerTime: null,
      },
      context(),
    ),
  "opt-out at the vendor": (seeded) =>
    ingestor()(
      account(seeded),
      { kind: "consent", from: seeded.address, state: "opted_out", source: "vendor" },
      context(),
    ),
  "answer in the vendor's inbox": (seeded) =>
    ingestor()(
      account(seeded),
      {
        kind: "agent_reply",
        to: seeded.address,
        providerMessageId: randomUUID(),
        text: "Hi",
        providerTime: null,
      },
      context(),
    ),
  "message of an agent in the thread": async (seeded) =>
    await ingestor()(
      account(seeded),
      {
        kind: "agent_reply",
        to: null,
        thread: await moveToThread(seeded),
        providerMessageId: randomUUID(),
        text: "I'll take this one",
        providerTime: null,
      },
      context(),
    ),
  "message of a second participant in the thread": async (seeded) =>
    await ingestor()(
      account(seeded),
      {
        kind: "message",
        from: "joe",
        thread: await moveToThread(seeded),
        shared: { kind: "thread", isNamed: false },
        providerMessageId: randomUUID(),
        text: "I call you in five minutes",
        origin: "typed",
        providerTime: null,
      },
      context(),
    ),
};

/** The seeded conversation is one of a thread that others read. */
async function moveToThread({ scope: { conversationId } }: SeededTurn): Promise<string> {
  const thread = `C1:${randomUUID()}`;
  await opened.db.update(conversations).set({ thread }).where(eq(conversations.id, conversationId));
  return thread;
}

/** A worker whose gate gets the response to its COMMIT so late. */
async function openLateWorker(peer: HttpPeer, delayMs: number) {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const options = { maxConnections: 2, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: urlThroughProxy(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  await awaitConnection(db);
  let commits = 0;
  const isFirstCommit = (label: string) => label === "commit" && ++commits === 1;
  await proxy.inject([{ kind: "late_response", probability: 1, delayMs, only: isFirstCommit }]);
  return createDeliverAt(db, peer);
}

function createDeliverAt(db: Database, peer: HttpPeer) {
  const egress = egressTo(peer.url);
  const channel = createWebhookChannel({ egress, now: () => new Date(), random: Math.random });
  const sendRates = createSendRates(createTokenBuckets(null));
  return createDeliver({
    outages: { holdMs: () => 0 },
    db,
    vault: opened.vault,
    channels: { webhook: channel },
    sendRates,
  });
}

/** One reply whose gate is open while the promise is made; when each of its requests arrived, and when the promise was acknowledged. */
async function race(promise: (seeded: SeededTurn) => Promise<unknown>, commitDelayMs: number) {
  const arrivals: number[] = [];
  const peer = await openHttpPeer((response) => {
    arrivals.push(performance.now());
    response.writeHead(200).end();
  });
  const seeded = await seedReply(opened.db, opened.vault, { address: peer.url });
  const deliver = await openLateWorker(peer, commitDelayMs);
  const step = { turnId: seeded.scope.turnId };
  const first = runActivity(() => deliver(step)).catch((error: unknown) => error);
  const isMarked = async () => (await readPart(seeded))?.state !== "intended";
  await Promise.race([eventually("the mark of the gate", isMarked), first]);
  await promise(seeded);
  const acknowledgedAt = performance.now();
  await first;
  return { arrivals, acknowledgedAt, row: await readPart(seeded) };
}

async function readPart({ part }: SeededTurn) {
  const [row] = await opened.db.select().from(deliveries).where(eq(deliveries.id, part.id));
  return row;
}

it("no byte of a reply is sent after the acknowledgement of a promise of silence, also where the gate's COMMIT is answered late", async () => {
  const broken: string[] = [];
  const run = async ([name, promise]: (typeof cases)[number]) => {
    const [fresh, late] = await Promise.all([race(promise, 200), race(promise, 2_000)]);
    if (fresh.arrivals.some((at) => at > fresh.acknowledgedAt)) broken.push(`${name}: sent after it`);
    if (late.arrivals.length > 0) broken.push(`${name}: sent with an old mark`);
    if (late.row?.state !== "intended" || late.row.attempt !== 0) broken.push(`${name}: the mark stays`);
  };
  const cases = Object.entries(PROMISES);
  await Promise.all(cases.map(run));
  expect(broken).toEqual([]);
});

it("a send under way when the promise is made is waited for, and not prevented", async () => {
  // On a busy machine a mark can become too old before its send begins.
  const raced = await eventually("a send with a fresh mark", async () => {
    const once = await race(takeOverSeeded, 0);
    return once.arrivals.length > 0 && once;
  });
  expect(raced.arrivals.filter((at) => at > raced.acknowledgedAt)).toEqual([]);
  expect(raced.row).toMatchObject({ state: "accepted" });
});

it("a mark that was too old is taken back, and the next attempt sends the part as its first one", async () => {
  const peer = await openHttpPeer((response) => response.writeHead(200).end());
  const seeded = await seedReply(opened.db, opened.vault, { address: peer.url });
  const deliver = await openLateWorker(peer, 1_200);
  const step = { turnId: seeded.scope.turnId };
  await expect(runActivity(() => deliver(step))).rejects.toMatchObject({ type: "DeliveryDeferred" });
  expect(peer.requests).toEqual([]);
  const next = createDeliverAt(opened.db, peer);
  expect(await runActivity(() => next(step))).toMatchObject({ outcome: "answered", reason: null });
  expect(peer.requests).toHaveLength(1);
  expect(await readPart(seeded)).toMatchObject({ state: "accepted", attempt: 1 });
});
