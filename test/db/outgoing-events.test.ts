import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webhookDelayBeforeAttemptMs } from "../../activities/channels/webhook-schedule.ts";
import { eventBody } from "../../activities/event-body.ts";
import { setConsent } from "../../db/consents.ts";
import { settleAttempt } from "../../db/deliveries.ts";
import { claimWaitingDeliveries } from "../../db/event-deliveries.ts";
import { createEventEndpoint, disableEventEndpoint } from "../../db/event-endpoints.ts";
import { textOfEvent } from "../../db/event-text.ts";
import {
  claimConversation,
  pauseConversation,
  releaseConversation,
  resumeConversation,
} from "../../db/holds.ts";
import { storeInbound } from "../../db/inbox.ts";
import { storeChange } from "../../db/message-changes.ts";
import { emitEvent, EVENT_TYPES, type EventType, relayEvents } from "../../db/outgoing-events.ts";
import { finishTurn } from "../../db/turns.ts";
import { type Database } from "../../db/postgres.ts";
import { applyWatermark, storeReceipt } from "../../db/receipts.ts";
import { conversations } from "../../db/schema/conversations.ts";
import { events } from "../../db/schema/events.ts";
import type { Vault } from "../../db/vault.ts";
import { releaseIdleVendorClaims, storeVendorReply } from "../../db/vendor-replies.ts";
import { type SeededTurn, seedTurns } from "../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;

beforeAll(async () => {
  opened = await openDatabase("outgoing_events");
  ({ db, vault } = opened);
});
afterAll(() => opened.close());

/** A turn of a tenant that listens. */
async function seedTurn(listens = true): Promise<SeededTurn> {
  const [seeded] = await seedTurns(db, vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const { tenantId } = seeded.scope;
  if (listens)
    await createEventEndpoint(db, vault, {
      tenantId,
      url: "https://crm.test/",
      types: [],
      includeText: false,
    });
  return seeded;
}

const told = async ({ scope }: SeededTurn) =>
  await db.select().from(events).where(eq(events.tenantId, scope.tenantId)).orderBy(asc(events.ordinal));
const toldTypes = async (seeded: SeededTurn) => (await told(seeded)).map(({ type }) => type);

const write = async ({ scope, address }: SeededTurn, text = "Hello", id: string = randomUUID()) => {
  const now = new Date();
  const key = { tenantId: scope.tenantId, channel: scope.channel, accountId: scope.accountId };
  const rest = { from: address, thread: "", text, keyword: null, providerTime: null, providerSequence: null };
  const when = { receivedAt: now, wakeAt: now };
  await storeInbound(db, vault, { ...key, ...rest, ...when, providerMessageId: id, workflowId: `msg:${id}` });
};
const accept = async ({ part }: SeededTurn) =>
  await settleAttempt(db, part, { state: "accepted", providerId: `sm-${part.id}`, acceptedAt: new Date() });
const receive = async ({ scope, part }: SeededTurn, state: "sent" | "delivered" | "read" | "failed") =>
  await storeReceipt(db, {
    tenantId: scope.tenantId,
    channel: scope.channel,
    accountId: scope.accountId,
    providerId: `sm-${part.id}`,
    state,
    code: state === "failed" ? "30003" : null,
    providerTime: null,
  });
const consent = async ({ scope }: SeededTurn, state: "opted_in" | "opted_out") =>
  await db.transaction(async (tx) => await setConsent(tx, scope, { state, source: "test" }));

/** What makes each event happen, done by the functions that do it in life; what happens before it on the way is told too. */
const HAPPENINGS: Readonly<Record<EventType, (seeded: SeededTurn) => Promise<unknown>>> = {
  "message.received": async (seeded) => await write(seeded),
  "message.reply.sent": accept,
  "message.reply.delivered": async (seeded) => {
    await accept(seeded);
    await receive(seeded, "delivered");
  },
  "message.reply.read": async (seeded) => {
    await accept(seeded);
    await receive(seeded, "read");
  },
  "message.reply.failed": async (seeded) => {
    await accept(seeded);
    await receive(seeded, "failed");
  },
  "message.dead_lettered": async ({ scope }) =>
    await finishTurn(db, { turnId: scope.turnId, outcome: "failed", reason: "poison:unreadable" }),
  "conversation.claimed": async ({ scope }) => await claimConversation(db, scope.conversationId, "ada"),
  "conversation.released": async ({ scope }) => {
    await claimConversation(db, scope.conversationId, "ada");
    await releaseConversation(db, scope.conversationId, "ada");
  },
  "conversation.paused": async ({ scope }) => await pauseConversation(db, scope.conversationId, "loop"),
  "conversation.resumed": async ({ scope }) => {
    await pauseConversation(db, scope.conversationId, "operator");
    await resumeConversation(db, scope.conversationId);
  },
  "conversation.handoff.requested": async ({ scope }) =>
    await pauseConversation(db, scope.conversationId, "handoff"),
  "conversation.handoff.timed_out": async ({ scope }) => {
    const paused = await pauseConversation(db, scope.conversationId, "handoff");
    const since = paused?.since ?? new Date(0);
    await resumeConversation(db, scope.conversationId, { reason: "handoff", since });
  },
  "contact.opted_out": async (seeded) => await consent(seeded, "opted_out"),
  "contact.opted_in": async (seeded) => await consent(seeded, "opted_in"),
};

describe.each(EVENT_TYPES)("%s", (type) => {
  it("is told once, with the conversation, when it happens", async () => {
    const seeded = await seedTurn();
    await HAPPENINGS[type](seeded);
    const all = await told(seeded);
    expect(all.filter((event) => event.type === type)).toHaveLength(1);
    const isOfContact = type.startsWith("contact.");
    expect(all.at(-1)).toMatchObject({
      type,
      conversationId: isOfContact ? null : seeded.scope.conversationId,
      relayedAt: null,
    });
    // Its data holds nothing personal.
    expect(JSON.stringify(all)).not.toMatch(/Hello|An answer|person-/);
  });

  it("is not kept for a tenant that nobody listens for", async () => {
    const seeded = await seedTurn(false);
    await HAPPENINGS[type](seeded);
    expect(await told(seeded)).toEqual([]);
  });
});

describe("docs/outgoing-events.md", () => {
  const page = readFileSync(new URL("../../docs/outgoing-events.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => {
    return JSON.parse(text) as { type: EventType; timestamp: string; data: Record<string, unknown> };
  });

  it("has an example of each type and of no other", () => {
    expect(examples.map(({ type }) => type)).toEqual(EVENT_TYPES);
  });

  it.each(examples)("shows $type with the fields that it has", async ({ type, data }) => {
    const seeded = await seedTurn();
    await HAPPENINGS[type](seeded);
    const event = (await told(seeded)).find((one) => one.type === type);
    if (event === undefined) throw new Error(`${type} was not told.`);
    const sent = JSON.parse(eventBody(event, undefined)) as { data: Record<string, unknown> };
    expect(new Set(Object.keys(sent.data))).toEqual(new Set(Object.keys(data)));
  });

  it("has the schedule that is kept", () => {
    const line = /^    (0 s, .*)$/m.exec(page)?.[1] ?? "";
    const unit: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600 };
    const waits = line.split(", ").map((wait) => {
      const [count = "", name = ""] = wait.split(" ");
      return Number(count) * (unit[name] ?? Number.NaN) * 1_000;
    });
    expect(waits.map((_, i) => webhookDelayBeforeAttemptMs(i + 1, () => 0))).toEqual(waits);
    expect(webhookDelayBeforeAttemptMs(waits.length + 1, () => 0)).toBeNull();
  });
});

describe("a reply", () => {
  it.each([["refused", "window"] as const, ["unknown", "answer_lost"] as const])(
    "that ends as %s is told as failed",
    async (state, code) => {
      const seeded = await seedTurn();
      await settleAttempt(db, seeded.part, { state, code });
      expect((await told(seeded)).map(({ type, data }) => [type, data["state"], data["code"]])).toEqual([
        ["message.reply.failed", state, code],
      ]);
    },
  );

  it("is told by the same ids on all of its events", async () => {
    const seeded = await seedTurn();
    await accept(seeded);
    await receive(seeded, "sent");
    await receive(seeded, "delivered");
    const { part, scope } = seeded;
    const same = {
      delivery_id: part.id,
      turn_id: scope.turnId,
      part: 1,
      provider_message_id: `sm-${part.id}`,
    };
    expect((await told(seeded)).map(({ data }) => data)).toEqual([
      { ...same, state: "accepted", code: null },
      { ...same, state: "delivered", code: null },
    ]);
  });

  it("whose attempt comes back later, or was overtaken, is not told of", async () => {
    const seeded = await seedTurn();
    await settleAttempt(db, seeded.part, { state: "intended", code: "http_503" });
    await settleAttempt(db, { ...seeded.part, attempt: 7 }, { state: "refused", code: "late" });
    expect(await told(seeded)).toEqual([]);
  });

  it("that a watermark says was read is told once", async () => {
    const seeded = await seedTurn();
    await accept(seeded);
    const through = new Date(Date.now() + 1_000);
    expect(await applyWatermark(db, seeded.scope, { state: "read", through })).toBe(1);
    expect(await applyWatermark(db, seeded.scope, { state: "read", through })).toBe(0);
    expect(await toldTypes(seeded)).toEqual(["message.reply.sent", "message.reply.read"]);
  });
});

it("somebody who answers in the vendor's own inbox claims the conversation once, and silence releases it", async () => {
  const seeded = await seedTurn();
  for (const providerMessageId of ["m1", "m2"])
    await storeVendorReply(db, vault, seeded.scope, { providerMessageId, text: "On it", providerTime: null });
  await db
    .update(conversations)
    .set({ claimedAt: new Date(Date.now() - 60_000) })
    .where(eq(conversations.id, seeded.scope.conversationId));
  await releaseIdleVendorClaims(db, 30_000);
  expect(await toldTypes(seeded)).toEqual(["conversation.claimed", "conversation.released"]);
});

it("somebody who answers in the vendor's own inbox ends the wait for a colleague, and no operator's pause", async () => {
  for (const [reason, left] of [
    ["handoff", null],
    ["operator", "operator"],
  ] as const) {
    const { scope } = await seedTurn();
    await pauseConversation(db, scope.conversationId, reason);
    await storeVendorReply(db, vault, scope, { providerMessageId: "m1", text: "On it", providerTime: null });
    const [row] = await db.select().from(conversations).where(eq(conversations.id, scope.conversationId));
    expect(row?.pauseReason).toBe(left);
    expect(row?.pausedAt === null).toBe(left === null);
  }
});

it("a hand-off that somebody resumes by hand has not timed out", async () => {
  const seeded = await seedTurn();
  await pauseConversation(db, seeded.scope.conversationId, "handoff");
  await resumeConversation(db, seeded.scope.conversationId);
  expect(await toldTypes(seeded)).toEqual(["conversation.handoff.requested", "conversation.resumed"]);
});

it("nothing is told of what was rolled back", async () => {
  const seeded = await seedTurn();
  const { tenantId, conversationId } = seeded.scope;
  const failing = db.transaction(async (tx) => {
    await emitEvent(tx, { tenantId, conversationId, type: "conversation.claimed", data: {} });
    throw new Error("The rest failed.");
  });
  await expect(failing).rejects.toThrow("The rest failed.");
  expect(await told(seeded)).toEqual([]);
});

it("nothing is kept while every endpoint is off", async () => {
  const seeded = await seedTurn(false);
  const { tenantId } = seeded.scope;
  const made = await createEventEndpoint(db, vault, {
    tenantId,
    url: "https://crm.test/",
    types: [],
    includeText: false,
  });
  await disableEventEndpoint(db, { tenantId, id: made?.id ?? "" }, "operator");
  await write(seeded);
  expect(await told(seeded)).toEqual([]);
});

it("each event is relayed once, and each delivery taken once, by eight relays at once", async () => {
  const seeded = await seedTurn();
  const { tenantId } = seeded.scope;
  const data = { operator: "ada" };
  // What the other tests left.
  while ((await relayEvents(db, 1_000)) > 0);
  for (let i = 0; i < 200; i++)
    await emitEvent(db, { tenantId, conversationId: null, type: "conversation.claimed", data });
  const eightTimes = async <T>(work: () => Promise<T>) =>
    await Promise.all(Array.from({ length: 8 }, async () => await work()));
  const relayed: number[] = [];
  const taken: string[] = [];
  // Less at a time than there is: every relay finds something, several times.
  for (let i = 0; i < 20; i++) {
    relayed.push(...(await eightTimes(async () => await relayEvents(db, 10))));
    const claimed = (await eightTimes(async () => await claimWaitingDeliveries(db, 10))).flat();
    taken.push(...claimed.filter((row) => row.tenantId === tenantId).map((row) => row.eventId));
  }
  expect(relayed.reduce((sum, count) => sum + count, 0)).toBe(200);
  expect(taken).toHaveLength(200);
  expect(new Set(taken).size).toBe(200);
});

describe("the text of an event", () => {
  const textOf = async (seeded: SeededTurn) => {
    const [event] = await told(seeded);
    if (event === undefined) throw new Error("Nothing was told.");
    return await textOfEvent(db, vault, event);
  };

  it("is what the person wrote", async () => {
    const seeded = await seedTurn();
    await write(seeded, "Where is my bike?");
    expect(await textOf(seeded)).toBe("Where is my bike?");
  });

  it("is what the message has become, or null where it was taken back", async () => {
    const seeded = await seedTurn();
    const { scope, address } = seeded;
    await write(seeded, "Where is my bke?", "m1");
    const key = { tenantId: scope.tenantId, channel: scope.channel, accountId: scope.accountId };
    const change = { ...key, from: address, thread: "", targetMessageId: "m1" };
    const at = (ms: number) => ({ providerTime: new Date(ms), receivedAt: new Date() });
    await storeChange(db, vault, {
      ...change,
      ...at(1),
      changeId: "c1",
      kind: "edit",
      text: "Where is my bike?",
    });
    expect(await textOf(seeded)).toBe("Where is my bike?");
    await storeChange(db, vault, { ...change, ...at(2), changeId: "c2", kind: "delete", text: "" });
    expect(await textOf(seeded)).toBeNull();
  });

  it("is the part of the reply that the event is about", async () => {
    const seeded = await seedTurn();
    await accept(seeded);
    expect(await textOf(seeded)).toBe("An answer.");
  });

  it("is none where the event is not about a message", async () => {
    const seeded = await seedTurn();
    await claimConversation(db, seeded.scope.conversationId, "ada");
    expect(await textOf(seeded)).toBeUndefined();
  });
});
