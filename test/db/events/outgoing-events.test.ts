import { readFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webhookDelayBeforeAttemptMs } from "../../../activities/channels/webhook/webhook-schedule.ts";
import { formatEventBody } from "../../../activities/events/event-body.ts";
import { setConsent } from "../../../db/contacts/consents.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { claimFirstAttempts } from "../../../db/events/claim-deliveries.ts";
import { createConfigurationAlerts } from "../../../db/health/configuration-alerts.ts";
import { createEventEndpoint, disableEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { pauseConversation, resumeConversation } from "../../../db/conversations/pause.ts";
import { handBackConversation, takeOverConversation } from "../../../db/conversations/takeover.ts";
import { emitEvent, EVENT_TYPES, type EventType, relayEvents } from "../../../db/events/outgoing-events.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { applyWatermark } from "../../../db/delivery/receipts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { tenants } from "../../../db/schema/tenants.ts";
import { planAnswer } from "../../../db/tenants/budgets.ts";
import { emitBudgetAlerts } from "../../../db/tenants/visitor-budgets.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { type SeededTurn } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createEventSteps, type EventSteps } from "./event-steps.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;
let steps: EventSteps;

beforeAll(async () => {
  opened = await openDatabase("outgoing_events");
  ({ db, vault } = opened);
  steps = createEventSteps(opened);
});
afterAll(() => opened.close());

const consent = async ({ scope }: SeededTurn, state: "opted_in" | "opted_out") =>
  await db.transaction(async (tx) => await setConsent(tx, scope, { state, source: "test" }));

/** The causes of each event, made by the functions of the product. Earlier steps emit their events too. */
const HAPPENINGS: Readonly<Record<EventType, (seeded: SeededTurn) => Promise<unknown>>> = {
  "message.received": async (seeded) => await steps.write(seeded),
  "message.reply.sent": async (seeded) => await steps.acceptPart(seeded),
  "message.reply.delivered": async (seeded) => {
    await steps.acceptPart(seeded);
    await steps.receive(seeded, "delivered");
  },
  "message.reply.read": async (seeded) => {
    await steps.acceptPart(seeded);
    await steps.receive(seeded, "read");
  },
  "message.reply.failed": async (seeded) => {
    await steps.acceptPart(seeded);
    await steps.receive(seeded, "failed");
  },
  "message.dead_lettered": async ({ scope }) =>
    await finishTurn(db, { turnId: scope.turnId, outcome: "failed", reason: "poison:unreadable" }),
  "conversation.taken_over": async ({ scope }) => await takeOverConversation(db, scope.conversationId, "ada"),
  "conversation.handed_back": async ({ scope }) => {
    await takeOverConversation(db, scope.conversationId, "ada");
    await handBackConversation(db, scope.conversationId, "ada");
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
  "budget.alert": async ({ scope: { tenantId, turnId, conversationId } }) => {
    await db.update(tenants).set({ budgetAlertShare: 0 }).where(eq(tenants.id, tenantId));
    await planAnswer(db, { turnId, usd: 0.01 });
    await emitBudgetAlerts(db, { tenantId, turnId, conversationId });
    await emitBudgetAlerts(db, { tenantId, turnId, conversationId });
  },
  "configuration.wrong": async (seeded) => {
    const { raise } = configurationAlerts(seeded);
    await raise({ ...WRONG, name: nameOf(seeded) });
    await raise({ ...WRONG, name: nameOf(seeded) });
  },
  "configuration.corrected": async (seeded) => {
    const { raise, clear } = configurationAlerts(seeded);
    await raise({ ...WRONG, name: nameOf(seeded) });
    await clear(nameOf(seeded));
    await clear(nameOf(seeded));
  },
};

const WRONG = { detail: "The key was refused (401). Set OPENAI_API_KEY to a valid key. [model.key_refused]" };
const configurationAlerts = ({ scope }: SeededTurn) => createConfigurationAlerts(db, scope.tenantId);
const nameOf = ({ scope }: SeededTurn) => `configuration:model/${scope.turnId}`;

describe.each(EVENT_TYPES)("%s", (type) => {
  it("the event is emitted once, with the conversation", async () => {
    const seeded = await steps.seedTurn();
    await HAPPENINGS[type](seeded);
    const all = await steps.readEvents(seeded);
    expect(all.filter((event) => event.type === type)).toHaveLength(1);
    const hasNoConversation = /^(contact|configuration)\./.test(type);
    expect(all.at(-1)).toMatchObject({
      type,
      conversationId: hasNoConversation ? null : seeded.scope.conversationId,
      relayedAt: null,
    });
    // Its data holds nothing personal.
    expect(JSON.stringify(all)).not.toMatch(/Hello|An answer|person-/);
  });

  it("no event is stored for a tenant without endpoints", async () => {
    const seeded = await steps.seedTurn(false);
    await HAPPENINGS[type](seeded);
    expect(await steps.readEvents(seeded)).toEqual([]);
  });
});

describe("docs/outgoing-events.md", () => {
  const page = readFileSync(new URL("../../../docs/outgoing-events.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => {
    return JSON.parse(text) as { type: EventType; timestamp: string; data: Record<string, unknown> };
  });

  it("has an example of each type and of no other", () => {
    expect(examples.map(({ type }) => type)).toEqual(EVENT_TYPES);
  });

  it.each(examples)("shows $type with the fields that it has", async ({ type, data }) => {
    const seeded = await steps.seedTurn();
    await HAPPENINGS[type](seeded);
    const event = (await steps.readEvents(seeded)).find((one) => one.type === type);
    if (event === undefined) throw new Error(`${type} was not emitted.`);
    const sent = JSON.parse(formatEventBody(event, undefined)) as { data: Record<string, unknown> };
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
  it.each([["refused", "window"] as const, ["unknown", "response_lost"] as const])(
    "a reply that ends as %s emits a failed event",
    async (state, code) => {
      const seeded = await steps.seedTurn();
      await db.update(deliveries).set({ state: "sending" }).where(eq(deliveries.id, seeded.part.id));
      await settleAttempt(db, seeded.part, { state, code });
      expect(
        (await steps.readEvents(seeded)).map(({ type, data }) => [type, data["state"], data["code"]]),
      ).toEqual([["message.reply.failed", state, code]]);
    },
  );

  it("all events of a reply have the same ids", async () => {
    const seeded = await steps.seedTurn();
    await steps.acceptPart(seeded);
    await steps.receive(seeded, "sent");
    await steps.receive(seeded, "delivered");
    const { part, scope } = seeded;
    const same = {
      delivery_id: part.id,
      turn_id: scope.turnId,
      part: 1,
      provider_message_id: `sm-${part.id}`,
    };
    expect((await steps.readEvents(seeded)).map(({ data }) => data)).toEqual([
      { ...same, state: "accepted", code: null },
      { ...same, state: "delivered", code: null },
    ]);
  });

  it("a reply with a later or overtaken attempt emits no event", async () => {
    const seeded = await steps.seedTurn();
    await settleAttempt(db, seeded.part, { state: "intended", code: "http_503" });
    await settleAttempt(db, { ...seeded.part, attempt: 7 }, { state: "refused", code: "late" });
    expect(await steps.readEvents(seeded)).toEqual([]);
  });

  it("a reply that a watermark marks as read emits one event", async () => {
    const seeded = await steps.seedTurn();
    await steps.acceptPart(seeded);
    const through = new Date(Date.now() + 1_000);
    expect(await applyWatermark(db, seeded.scope, { state: "read", through })).toBe(1);
    expect(await applyWatermark(db, seeded.scope, { state: "read", through })).toBe(0);
    expect(await steps.readEventTypes(seeded)).toEqual(["message.reply.sent", "message.reply.read"]);
  });
});

it("no event is emitted for a transaction that was rolled back", async () => {
  const seeded = await steps.seedTurn();
  const { tenantId, conversationId } = seeded.scope;
  const failing = db.transaction(async (tx) => {
    await emitEvent(tx, { tenantId, conversationId, type: "conversation.taken_over", data: {} });
    throw new Error("The rest failed.");
  });
  await expect(failing).rejects.toThrow("The rest failed.");
  expect(await steps.readEvents(seeded)).toEqual([]);
});

it("no event is stored while every endpoint is disabled", async () => {
  const seeded = await steps.seedTurn(false);
  const { tenantId } = seeded.scope;
  const made = await createEventEndpoint(db, vault, {
    tenantId,
    url: "https://crm.test/",
    types: [],
    includeText: false,
  });
  await disableEventEndpoint(db, { tenantId, id: made?.id ?? "" }, "operator");
  await steps.write(seeded);
  expect(await steps.readEvents(seeded)).toEqual([]);
});

it("each event is relayed once, and each delivery taken once, by eight relays at once", async () => {
  const seeded = await steps.seedTurn();
  const { tenantId } = seeded.scope;
  const data = { agent: "ada" };
  // What the other tests left.
  while ((await relayEvents(db, 1_000)) > 0);
  for (let i = 0; i < 200; i++)
    await emitEvent(db, { tenantId, conversationId: null, type: "conversation.taken_over", data });
  const eightTimes = async <T>(work: () => Promise<T>) =>
    await Promise.all(Array.from({ length: 8 }, async () => await work()));
  const relayed: number[] = [];
  const taken: string[] = [];
  const NO_LIMIT = { rows: 10, perEndpoint: 1_000, perTenant: 1_000, inAll: 1_000, countedMs: 30_000 };
  // Less at a time than there is: every relay finds something, several times.
  for (let i = 0; i < 40; i++) {
    relayed.push(...(await eightTimes(async () => await relayEvents(db, 10))));
    const claimed = (await eightTimes(async () => await claimFirstAttempts(db, NO_LIMIT))).flat();
    taken.push(...claimed.filter((row) => row.tenantId === tenantId).map((row) => row.eventId));
  }
  expect(relayed.reduce((sum, count) => sum + count, 0)).toBe(200);
  expect(taken).toHaveLength(200);
  expect(new Set(taken).size).toBe(200);
});
