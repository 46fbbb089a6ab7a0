import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createOutboundLists } from "../../../activities/worker/sweep-outbound.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { setConsent } from "../../../db/contacts/consents.ts";
import { findLinkedConversations } from "../../../db/contacts/linked-conversations.ts";
import { findContactDetails, listContacts } from "../../../db/contacts/list-contacts.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { messageLabel } from "../../../db/conversations/append-line.ts";
import { messages } from "../../../db/schema/conversations.ts";
import { findLastLines } from "../../../db/conversations/last-lines.ts";
import { listConversations } from "../../../db/conversations/list-conversations.ts";
import { pauseConversation, resumeConversation } from "../../../db/conversations/pause.ts";
import {
  handBackConversation,
  handBackIdleVendorTakeovers,
  takeOverConversation,
} from "../../../db/conversations/takeover.ts";
import { findRecentLines, findTurnMessages, findTurnScope } from "../../../db/conversations/transcript.ts";
import { awaitFreshMarks } from "../../../db/delivery/await-fresh-marks.ts";
import {
  bringConversationForward,
  bringRecoveredForward,
  findDueEarlyParts,
  findWaitingPartIds,
} from "../../../db/delivery/bring-forward.ts";
import { recordAccountFailure, recordAccountRecovery } from "../../../db/delivery/account-outages.ts";
import { findTurnDeliveries } from "../../../db/delivery/deliveries.ts";
import { listTroubledDeliveries, TROUBLES } from "../../../db/delivery/list-deliveries.ts";
import {
  claimFirstAttempts,
  claimLaterAttempts,
  claimOverdueAttempts,
  unclaimDeliveries,
} from "../../../db/events/claim-deliveries.ts";
import { findEventDeliveries } from "../../../db/events/event-deliveries.ts";
import {
  leaveToWorkflows,
  leaveLostToWorkflows,
  settleFirstSuccesses,
} from "../../../db/events/first-attempts.ts";
import { bringForwardRecovered } from "../../../db/events/endpoint-health.ts";
import { findEndpointDeliveries, listEvents } from "../../../db/events/list-events.ts";
import { deleteOldEvents, relayEvents } from "../../../db/events/outgoing-events.ts";
import { createStepFailures, deleteOldStepFailures } from "../../../db/health/step-failures.ts";
import { listPoisonOfOtherBuilds, readBuildHealth } from "../../../db/health/turn-restarts.ts";
import { readBacklog, readMessageStatus } from "../../../db/inbound/status.ts";
import { listChunksAfter } from "../../../db/knowledge/documents.ts";
import { deleteOldShares, foldBudgets, planAnswer } from "../../../db/tenants/budgets.ts";
import { deleteOldIdempotencyKeys } from "../../../db/tenants/idempotency-keys.ts";
import { openAgentReply } from "../../../db/turns/agent-replies.ts";
import {
  findDeadLetter,
  listDeadLetters,
  type DeadLetterFilter,
} from "../../../db/dead-letters/dead-letters.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { findReplyToSend } from "../../../db/delivery/reply-to-send.ts";
import { listTurns } from "../../../db/turns/list-turns.ts";
import { readAdmissionFacts } from "../../../db/turns/admission-facts.ts";
import {
  findLongRunningTurns,
  findUnstartedMessages,
  markIdleOwners,
} from "../../../db/turns/unstarted-messages.ts";
import { purgeStream, readStream, repliesWithoutReceipt, seqBeforeLast } from "../../../db/web/stream.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createWorld, type World } from "../transitions/world.ts";
import { findUnorderedLocks } from "./find-unordered-locks.ts";
import { resendFailed } from "../../../db/events/event-deliveries.ts";
import { deleteEventEndpoint, disableEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { newMessage } from "../../support/new-message.ts";
import { storeAgentReply } from "../../../db/agents/store-agent-reply.ts";
import { storeShared } from "../../../db/agents/store-shared.ts";
import { findCostlyNodes, listTables } from "./find-costly-nodes.ts";
import { loadHistory } from "./load-history.ts";
import { scaleStatistics } from "./scale-statistics.ts";
import { openRecorder, type PlanKind, type RecordedPlan } from "./record-plans.ts";

/** Small ones, as a page is to the rows of a large installation. */
const PAGE = 10;
const BATCH = 20;

let opened: OpenDatabase;
let recorder: ReturnType<typeof openRecorder>;
let world: World;
let conversationId: string;
let contactId: string;

beforeAll(async () => {
  opened = await openDatabase("plans");
  recorder = openRecorder(opened.url);
  world = await createWorld(recorder.db, opened.vault);
  ({ conversationId } = await world.store("long"));
  const { tenantId, endpoint } = world;
  ({ contactId } = await findConversationOwner(recorder.db, tenantId, conversationId));
  await loadHistory(opened.url, {
    tenantId,
    channel: "webhook",
    accountId: tenantId,
    endpointId: endpoint.id,
    conversationId,
  });
}, 120_000);
afterAll(async () => {
  await recorder.db.$client.end();
  await opened.close();
});

/** Of one table, by one node of a plan. */
const MAX_ROWS = 150;

const first = { limit: PAGE, keysetBefore: null };
const page = {
  limit: PAGE,
  keysetBefore: { at: new Date(Date.now() - 300 * 86_400_000).toISOString(), id: randomUUID() },
};
const scan = { olderThanMs: 3_000, limit: BATCH, keysetBefore: null };
const nextScan = {
  olderThanMs: 3_000,
  limit: BATCH,
  keysetBefore: { at: page.keysetBefore.at, id: page.keysetBefore.id },
};
type Work = (db: Database) => Promise<unknown>;

const letters =
  (filter: Partial<DeadLetterFilter> = {}): Work =>
  (db) =>
    listDeadLetters(db, { tenantId: world.tenantId, ...filter }, first);

const MESSAGE_PATH: Record<string, Work> = {
  "a message to its answer": async () => {
    const row = await world.store("long");
    const turnId = (await world.acquire(row)) ?? "";
    const { db, vault } = world;
    const scope = await findTurnScope(db, turnId);
    await findTurnMessages(db, vault, scope);
    await findRecentLines(db, vault, scope, { seq: row.seq, limit: 20, exceptTurn: turnId });
    await readAdmissionFacts(db, turnId, 5);
    await findLinkedConversations(db, scope, { withinMs: 86_400_000, limit: 5 });
    await planAnswer(db, { turnId, usd: 0.01 });
    await readTurn(db, vault, { turnId, tier: "full_context" });
    await world.record(turnId, ["One.", "Two."]);
    await findReplyToSend(db, vault, turnId);
    await findTurnDeliveries(db, vault, scope).catch(() => undefined);
    const part = await world.requirePart(turnId);
    await world.gate(part, "send");
    await world.settle({ ...part, attempt: 1 }, "accepted");
    await world.receive(part, "delivered", true);
    await world.receiveWatermark(part, "read");
    await world.finish(turnId, "answered");
  },
  "a message that is taken back": async () => await world.takeBack("long", await world.store("long")),
  "a failed turn and its replay": async () => {
    const turnId = (await world.acquire(await world.store("long"))) ?? "";
    await world.finish(turnId, "failed");
    await world.replay(turnId);
  },
  "an opt-out": async (db) => {
    const { channel, addressHash } = await findConversationOwner(db, world.tenantId, conversationId);
    const { tenantId } = world;
    const key = { tenantId, channel, accountId: tenantId, addressHash, contactId };
    await setConsent(db, key, { state: "opted_out", source: "operator" });
    await setConsent(db, key, { state: "opted_in", source: "operator" });
  },
  "a takeover with a reply": async (db) => {
    await takeOverConversation(db, conversationId, "ada");
    await awaitFreshMarks(db, { conversationIds: [conversationId] });
    await awaitFreshMarks(db, { contactId });
    await openAgentReply(db, opened.vault, {
      tenantId: world.tenantId,
      conversationId,
      key: randomUUID(),
      agent: "ada",
      text: "Hello",
    });
    await handBackConversation(db, conversationId);
    await pauseConversation(db, conversationId, "operator");
    await resumeConversation(db, conversationId);
    await bringConversationForward(db, conversationId);
  },
  "agents in a shared place and in the vendor's inbox": async (db) => {
    const { tenantId } = world;
    const account = { tenantId, channel: "webhook", accountId: tenantId };
    const reply = { ...account, thread: "club", mayOpen: false, text: "Hi", providerTime: null } as const;
    await storeAgentReply(db, opened.vault, { ...reply, to: null, providerMessageId: randomUUID() });
    const echo = { providerMessageId: randomUUID(), mayBeOurs: true } as const;
    await storeAgentReply(db, opened.vault, { ...reply, ...echo, to: "long", thread: "", mayOpen: true });
    await handBackConversation(db, conversationId);
    const message = newMessage(account, { from: "joe", thread: "club" });
    for (const shared of [
      { kind: "thread", isNamed: false },
      { kind: "thread", isNamed: true },
      { kind: "group", isNamed: false, repliesTo: "long7" },
    ] as const)
      await storeShared(db, opened.vault, { ...message, shared });
  },
  "a stream of a web chat": async (db) => {
    await readStream(db, opened.vault, { conversationId }, { after: 1_900, limit: PAGE });
    await seqBeforeLast(db, conversationId, PAGE);
    const account = { tenantId: world.tenantId, accountId: world.tenantId };
    await repliesWithoutReceipt(db, account, {
      conversationId,
      throughSeq: 1_900,
      state: "read",
      limit: PAGE,
    });
  },
};

const SWEEPS: Record<string, Work> = {
  unstarted: (db) => findUnstartedMessages(db, scan),
  "unstarted after a cursor": (db) => findUnstartedMessages(db, nextScan),
  orphaned: (db) => findLongRunningTurns(db, scan),
  "orphaned after a cursor": (db) => findLongRunningTurns(db, nextScan),
  "idle owners": (db) => markIdleOwners(db, scan),
  "idle owners after a cursor": (db) => markIdleOwners(db, nextScan),
  outbound: async (db) => {
    for (const list of Object.values(createOutboundLists(db, "build"))) await list(scan);
  },
  "outbound after a cursor": async (db) => {
    for (const list of Object.values(createOutboundLists(db, "build"))) await list(nextScan);
  },
  "early attempts": (db) => findDueEarlyParts(db, scan),
  "recovered accounts": async (db) => {
    await bringRecoveredForward(db);
    const account = { channel: "webhook", accountId: world.tenantId };
    await recordAccountFailure(db, account);
    await recordAccountRecovery(db, account);
    await bringRecoveredForward(db);
  },
  events: async (db) => {
    await leaveLostToWorkflows(db, { claimMs: 30_000, limit: BATCH });
    await claimOverdueAttempts(db, { overdueMs: 60_000, limit: BATCH });
    await bringForwardRecovered(db, BATCH);
    await relayEvents(db, BATCH);
    const limits = { rows: BATCH, perEndpoint: 20, perTenant: 60, inAll: 400 };
    const claimed = await claimFirstAttempts(db, { ...limits, countedMs: 30_000 });
    const found = await findEventDeliveries(db, claimed);
    await settleFirstSuccesses(
      db,
      found.map(({ delivery }) => delivery),
    );
    await leaveToWorkflows(db, claimed);
    await unclaimDeliveries(db, claimed);
    await claimLaterAttempts(db, limits);
  },
  housekeeping: async (db) => {
    await deleteOldIdempotencyKeys(db, BATCH);
    await deleteOldStepFailures(db, BATCH);
    await foldBudgets(db, BATCH);
    await deleteOldShares(db, BATCH);
    await purgeStream(db, { olderThanDays: 30, limit: BATCH });
    await deleteOldEvents(db, { olderThanMs: 3_600_000, limit: BATCH });
  },
  "vendor takeovers": (db) => handBackIdleVendorTakeovers(db, { idleMs: 1_000, limit: BATCH }),
  "poison replays": (db) => listPoisonOfOtherBuilds(db, { build: "build", limit: 100 }),
  "failures of steps": async (db) => {
    const { record, forget, countPasses } = createStepFailures(db);
    await countPasses({ step: "sendEvent", sinceMs: 60_000 });
    await record({ step: "screen", workflowId: "msg", build: "build" });
    await forget([{ step: "screen", workflowId: "msg" }]);
  },
  "health of a build": (db) => readBuildHealth(db, "build"),
};

const LISTS: Record<string, Work> = {
  conversations: (db) => listConversations(db, opened.vault, { tenantId: world.tenantId }, first),
  "conversations after a cursor": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId }, page),
  "conversations of a contact": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, contactId }, first),
  "conversations of a rare account": (db) =>
    listConversations(
      db,
      opened.vault,
      { tenantId: world.tenantId, channel: "webhook", accountId: "rare" },
      first,
    ),
  "conversations of a rare channel": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, channel: "line" }, first),
  "conversations that were taken over": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, takenOver: true }, first),
  "paused conversations": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, paused: true }, page),
  "conversations that wait": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, waiting: true }, first),
  "conversations that are stuck": (db) =>
    listConversations(db, opened.vault, { tenantId: world.tenantId, stuck: true }, page),
  contacts: (db) => listContacts(db, opened.vault, { tenantId: world.tenantId, channel: undefined }, page),
  "contacts of a rare channel": (db) =>
    listContacts(db, opened.vault, { tenantId: world.tenantId, channel: "line" }, first),
  "a contact": (db) => findContactDetails(db, opened.vault, { tenantId: world.tenantId, contactId }),
  ...Object.fromEntries(
    [undefined, ...TROUBLES].map((trouble) => [
      `deliveries in trouble: ${trouble}`,
      (db: Database) => listTroubledDeliveries(db, { tenantId: world.tenantId, trouble }, first),
    ]),
  ),
  events: (db) => listEvents(db, world.tenantId, page),
  "failed deliveries of an endpoint": (db) =>
    findEndpointDeliveries(
      db,
      { tenantId: world.tenantId, id: world.endpoint.id },
      { ...first, states: ["failed"] },
    ),
  "pending deliveries of an endpoint": (db) =>
    findEndpointDeliveries(
      db,
      { tenantId: world.tenantId, id: world.endpoint.id },
      { ...first, states: ["pending"] },
    ),
  "deliveries of an endpoint": (db) =>
    findEndpointDeliveries(
      db,
      { tenantId: world.tenantId, id: world.endpoint.id },
      { ...page, states: ["pending", "delivered", "failed"] },
    ),
  turns: (db) => listTurns(db, { tenantId: world.tenantId, conversationId }, page),
  "dead letters": letters(),
  "dismissed dead letters": letters({ dismissed: true }),
  "dismissed dead letters after a cursor": (db) =>
    listDeadLetters(db, { tenantId: world.tenantId, dismissed: true }, page),
  "dead letters after a cursor": (db) => listDeadLetters(db, { tenantId: world.tenantId }, page),
  "dead events": letters({ kind: "event" }),
  "dead inbound events": letters({ kind: "inbound" }),
  "dead letters of a reason": letters({ kind: "reply", reason: "refused:permanent" }),
  "dead letters of an account": letters({ channel: "webhook" }),
  "dead letters since yesterday": letters({ since: new Date(Date.now() - 86_400_000) }),
  "a dead letter": (db) => findDeadLetter(db, { tenantId: world.tenantId, id: randomUUID() }),
  "the parts that wait": (db) => findWaitingPartIds(db, { tenantId: world.tenantId }, BATCH),
  "chunks for an index": (db) => listChunksAfter(db, { tenantId: world.tenantId, chunkId: "chunk5" }, PAGE),
  "the backlog": (db) => readBacklog(db, { deadLetters: PAGE, events: PAGE }),
  "the status of a message": (db) => readMessageStatus(db, "id500"),
};

async function check(work: Work, maxRows: number, kind?: PlanKind): Promise<void> {
  const plans: RecordedPlan[] = await recorder.record(async () => await work(recorder.db), kind);
  expect(plans).not.toEqual([]);
  expect(findCostlyNodes(plans, maxRows)).toEqual([]);
  expect(findUnorderedLocks(plans)).toEqual([]);
}

it.each(Object.entries(MESSAGE_PATH))(
  "%s reads few rows of large tables",
  async (_, work) => await check(work, MAX_ROWS),
);
it.each(Object.entries(MESSAGE_PATH))(
  "%s reads few rows of large tables with kept plans too",
  async (_, work) => await check(work, MAX_ROWS, "kept"),
);
it.each(Object.entries(SWEEPS))(
  "the sweeper's round of %s reads few rows of large tables",
  async (_, work) => await check(work, MAX_ROWS),
);
it.each(Object.entries(LISTS))(
  "a page of %s reads few rows of large tables",
  async (_, work) => await check(work, MAX_ROWS),
);

it("changes of many rows of an endpoint lock them in one order", async () => {
  const { db, tenantId, endpoint } = world;
  const key = { tenantId, id: endpoint.id };
  for (const change of [
    async () => await resendFailed(db, { endpointId: endpoint.id, since: new Date(0) }),
    async () => await disableEventEndpoint(db, key, "operator"),
    async () => await deleteEventEndpoint(db, key),
  ])
    expect(findUnorderedLocks(await recorder.record(change))).toEqual([]);
});

it.each(["each_time", "kept"] as const)(
  "a message plans and locks only the last months of the transcript, however many there are, with plans %s",
  async (kind) => {
    const { db, vault } = world;
    const row = await world.store("long");
    const scope = await findTurnScope(db, (await world.acquire(row)) ?? "");
    const plans = await recorder.record(
      async () =>
        await db.transaction(async (tx) => {
          await findTurnMessages(tx, vault, scope);
          await findRecentLines(tx, vault, scope, { seq: row.seq, limit: PAGE });
          const { rows } = await tx.execute<{ months: number }>(sql`
          SELECT count(*)::int AS months FROM pg_locks l JOIN pg_inherits h ON h.inhrelid = l.relation
          WHERE l.pid = pg_backend_pid() AND h.inhparent = 'messages'::regclass`);
          expect(rows[0]?.months).toBeLessThanOrEqual(4);
        }),
      kind,
    );
    const months = plans.flatMap(listTables).filter((table) => table.startsWith("messages_"));
    expect(months.length).toBeGreaterThan(0);
    await world.finish(scope.turnId, "answered");
  },
);

it("the last lines of a conversation that was silent for a year are found, for a turn and for a list", async () => {
  const { db, vault, tenantId } = world;
  const owner = {
    ...(await findConversationOwner(db, tenantId, conversationId)),
    conversationId: randomUUID(),
  };
  const body = vault.seal(owner, messageLabel(owner.conversationId, 1), "Hello from last year");
  await db.insert(messages).values({
    tenantId,
    conversationId: owner.conversationId,
    seq: 1,
    direction: "outbound",
    body,
    createdAt: sql`now() - interval '400 days'`,
  });
  const found = await findRecentLines(db, vault, owner, { seq: 100, limit: PAGE });
  expect(found.map(({ text }) => text)).toEqual(["Hello from last year"]);
  const listed = await findLastLines(db, vault, [{ ...owner, id: owner.conversationId, nextSeq: 2 }]);
  expect(listed.get(owner.conversationId)?.text).toBe("Hello from last year");
});

/** The last test of this file, because it changes what the planner knows. */
it("with 100 million rows no query of a message, the sweeper or a list scans a table, sorts more than a page or reads many rows", async () => {
  await scaleStatistics(recorder.db, 10_000);
  const faults: string[] = [];
  // Of an account or a channel with one row in a thousand, a page needs ten thousand rows: these lists have no index of their own.
  const works = Object.entries({ ...MESSAGE_PATH, ...SWEEPS, ...LISTS }).filter(
    ([name]) => !name.includes("of a rare"),
  );
  for (const [name, work] of works) {
    const plans = await recorder.record(async () => await work(recorder.db));
    faults.push(...findCostlyNodes(plans, MAX_ROWS).map((fault) => `${name}: ${fault}`));
  }
  for (const [name, work] of Object.entries(MESSAGE_PATH)) {
    const plans = await recorder.record(async () => await work(recorder.db), "kept");
    faults.push(...findCostlyNodes(plans, MAX_ROWS).map((fault) => `${name}, kept: ${fault}`));
  }
  expect(faults).toEqual([]);
}, 120_000);
