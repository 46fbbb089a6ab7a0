import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChoosePlan } from "../../../activities/admission/choose-plan.ts";
import { LOOP_EXCHANGES } from "../../../activities/admission/loop-breaker.ts";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { createIngestEvent, type IngestEvent } from "../../../api/ingest/ingest-event.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { findTurnMessages, findTurnScope } from "../../../db/conversations/transcript.ts";
import { acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { readAdmissionFacts } from "../../../db/turns/admission-facts.ts";
import { CHANNEL_DESCRIPTORS } from "../../../infra/channels/registry.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const QUIET = { capMs: 3_000, capMessages: 20 };
const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };
let opened: OpenDatabase;
let ingestEvent: IngestEvent;

beforeAll(async () => {
  opened = await openDatabase("long_text");
  const { db, vault } = opened;
  const starter = { startMessage: async () => undefined, startRepair: async () => true };
  const messages = createStartMessage({ db, vault, starter, log: LOG });
  ingestEvent = createIngestEvent({ db, vault, starter, log: LOG, messages });
});
afterAll(() => opened.close());

/** Ingests a message and then an edit of it, begins its turn, and returns what the turn reads and does. */
async function answer(channel: string, text: string, edited: string | null = null) {
  const { db, vault } = opened;
  const providerMessageId = randomUUID();
  const account = sampleAccount({ channel, accountId: channel, address: "us" });
  const context = { receivedAt: new Date(), quietMs: 0 };
  const from = randomUUID();
  const events: InboundEvent[] = [
    { kind: "message", origin: "typed", providerMessageId, from, text, providerTime: null },
  ];
  const change = { changeId: randomUUID(), from, targetMessageId: providerMessageId, providerTime: null };
  if (edited !== null) events.push({ kind: "edit", text: edited, ...change });
  for (const event of events) await ingestEvent(account, event, context);
  const { tenantId, accountId } = account;
  const key = { tenantId, channel, accountId, providerMessageId };
  const acquisition = await acquireTurn(db, await findInboxRow(db, key), QUIET);
  if (acquisition.kind !== "acquired") throw new Error(`The turn was not acquired but ${acquisition.kind}.`);
  const scope = await findTurnScope(db, acquisition.turnId);
  const [message] = await findTurnMessages(db, vault, scope);
  const limiter = { take: async () => ({ allowed: true }) as const };
  const facts = await readAdmissionFacts(db, scope.turnId, LOOP_EXCHANGES);
  const { plan } = await createChoosePlan({ db, vault, limiter })(facts);
  return { read: message?.text ?? "", plan };
}

const TOO_LONG = { plan: "notice", notice: "too_long" };

test.each(CHANNEL_DESCRIPTORS.map(({ name }) => name))(
  "a text over the limit of %s is stored up to the limit, and the contact is asked for a shorter one",
  async (name) => {
    const limit = CHANNEL_DESCRIPTORS.find((channel) => channel.name === name)?.textLimit ?? 0;
    const long = await answer(name, "ж".repeat(limit + 500));
    expect(long).toEqual({ read: `${"ж".repeat(limit)}\n[500 more characters]`, plan: TOO_LONG });
    const fitting = await answer(name, "ж".repeat(limit));
    expect(fitting).toEqual({ read: "ж".repeat(limit), plan: { plan: "answer" } });
  },
);

test("an edit that makes a text too long or short enough decides in place of the first text", async () => {
  expect((await answer("slack", "short", "a".repeat(40_000))).plan).toEqual(TOO_LONG);
  expect((await answer("slack", "a".repeat(40_000), "short")).plan).toEqual({ plan: "answer" });
});

test("a cut between the halves of a character leaves no half", async () => {
  const { read } = await answer("telegram", `a${"😀".repeat(4_000)}`);
  expect(read.isWellFormed()).toBe(true);
  expect(read.length).toBeLessThan(4_200);
});
