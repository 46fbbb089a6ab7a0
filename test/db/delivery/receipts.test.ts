import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createSendReplyPart } from "../../../activities/delivery/send-reply-part.ts";
import { createSendRates } from "../../../activities/delivery/send-rates.ts";
import type { StoredAccount } from "../../../db/tenants/accounts.ts";
import { settleAttempt } from "../../../db/delivery/deliveries.ts";
import { type GateVerdict, openGate } from "../../../db/delivery/gate.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import {
  applyWatermark,
  findDelivery,
  applyReceipts,
  type NewReceipt,
  storeReceipt,
} from "../../../db/delivery/receipts.ts";
import { deliveries, receipts } from "../../../db/schema/deliveries.ts";
import { eventEndpoints, events } from "../../../db/schema/events.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { createEgressGuard } from "../../../infra/runtime/network/egress-guard.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;

beforeAll(async () => {
  opened = await openDatabase("receipts", { maxConnections: 16 });
  ({ db, vault } = opened);
});
afterAll(() => opened.close());

type State = NewReceipt["state"];
const STATES: readonly State[] = ["sent", "failed", "delivered", "read"];

async function seed(): Promise<SeededTurn> {
  const [seeded] = await seedTurns(db, vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  return seeded;
}

const keyOf = ({ scope: { tenantId, channel, accountId } }: SeededTurn) => ({ tenantId, channel, accountId });

function receiptOf(seeded: SeededTurn, state: State, fields: Partial<NewReceipt> = {}): NewReceipt {
  const code = state === "failed" ? "131026" : null;
  return {
    ...keyOf(seeded),
    providerId: `wamid.${seeded.part.id}`,
    state,
    code,
    providerTime: null,
    ...fields,
  };
}

const rowOf = async ({ part }: SeededTurn) => {
  const row = await findDelivery(db, part.id);
  if (row === null) throw new Error("The part is gone.");
  return row;
};
const set = async ({ part }: SeededTurn, fields: Partial<typeof deliveries.$inferInsert>) =>
  await db.update(deliveries).set(fields).where(eq(deliveries.id, part.id));

/** The steps of a send after the vendor's response: the part is accepted, and earlier receipts are applied. */
async function acceptPart(seeded: SeededTurn, providerId = `wamid.${seeded.part.id}`): Promise<void> {
  await settleAttempt(db, seeded.part, { state: "accepted", providerId, acceptedAt: new Date() });
  await applyReceipts(db, keyOf(seeded), providerId);
}

describe("a receipt", () => {
  it("a receipt moves the part with its provider id", async () => {
    const seeded = await seed();
    await acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "delivered"));
    expect(await rowOf(seeded)).toMatchObject({ state: "accepted", receipt: "delivered" });
  });

  it("a receipt that arrives before our commit is stored and applied by the commit", async () => {
    const seeded = await seed();
    expect(await storeReceipt(db, receiptOf(seeded, "sent"))).toEqual({ failed: null });
    await storeReceipt(db, receiptOf(seeded, "delivered"));
    expect(await rowOf(seeded)).toMatchObject({ state: "intended", receipt: null });
    await acceptPart(seeded);
    expect(await rowOf(seeded)).toMatchObject({ state: "accepted", receipt: "delivered" });
  });

  it("a receipt that arrived before our commit is applied by the next attempt when the first process died", async () => {
    const seeded = await seed();
    const receipt = receiptOf(seeded, "failed");
    await storeReceipt(db, receipt);
    const { providerId } = receipt;
    await settleAttempt(db, seeded.part, { state: "accepted", providerId, acceptedAt: new Date() });
    expect((await rowOf(seeded)).receipt).toBeNull();
    const egress = createEgressGuard({ allowHttp: false, allowedHosts: [] });
    const channel = createWebhookChannel({ egress, now: () => new Date(), random: Math.random });
    const account: StoredAccount = {
      ...keyOf(seeded),
      channel: "webhook",
      address: "https://replies.test",
      externalId: null,
      secrets: { inbound: [], outbound: [] },
      settings: {},
      disabled: false,
    };
    const sendPart = createSendReplyPart({
      db,
      sendRates: createSendRates(createTokenBuckets(null)),
      reroute: () => Promise.reject(new Error("Nobody is linked here.")),
      windowOf: () => null,
    });
    const part = { ...(await rowOf(seeded)), text: "An answer.", unchangedMs: 0, dueInMs: 0, triedForMs: 0 };
    const envelope = {
      to: seeded.address,
      thread: "",
      author: "assistant",
      inReplyTo: [],
      sources: [],
    } as const;
    const { conversationId } = seeded.scope;
    await sendPart(
      { scope: seeded.scope, channel, account, envelope: { ...envelope, conversationId, parts: 1 } },
      part,
      [],
    );
    await egress.close();
    expect((await rowOf(seeded)).receipt).toBe("failed");
  });

  it("receipts never move a part back, in any order", async () => {
    for (const order of permutations(STATES)) {
      const seeded = await seed();
      await acceptPart(seeded);
      for (const [i, state] of order.entries()) {
        await storeReceipt(db, receiptOf(seeded, state));
        const furthest = STATES[Math.max(...order.slice(0, i + 1).map((each) => STATES.indexOf(each)))];
        expect(await rowOf(seeded), order.join()).toMatchObject({ receipt: furthest });
      }
    }
  });

  it("receipts of every kind that arrive together with our commit leave the furthest state", async () => {
    const seeds = await seedTurns(db, vault, 60);
    await Promise.all(
      seeds.flatMap((seeded) => [
        storeReceipt(db, receiptOf(seeded, "delivered")),
        acceptPart(seeded),
        storeReceipt(db, receiptOf(seeded, "read")),
        storeReceipt(db, receiptOf(seeded, "sent")),
      ]),
    );
    const rows = await Promise.all(seeds.map(rowOf));
    expect(new Set(rows.map(({ state, receipt }) => `${state} ${receipt}`))).toEqual(
      new Set(["accepted read"]),
    );
  });

  it("a receipt of a late failure names the reply part once", async () => {
    const seeded = await seed();
    await acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "sent"));
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: seeded.part.id });
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: null });
    expect(await rowOf(seeded)).toMatchObject({ receipt: "failed", receiptCode: "131026" });
  });

  it("a stored receipt is applied on redelivery when the first process died before it applied the receipt", async () => {
    const seeded = await seed();
    await acceptPart(seeded);
    await db.insert(receipts).values(receiptOf(seeded, "failed"));
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: seeded.part.id });
  });

  it.each<[string, Partial<NewReceipt>]>([
    ["tenant", { tenantId: "another" }],
    ["account", { accountId: "another" }],
    ["channel", { channel: "whatsapp" }],
  ])("a receipt of another %s changes nothing", async (_what, fields) => {
    const seeded = await seed();
    await acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "read", fields));
    expect(await rowOf(seeded)).toMatchObject({ receipt: null });
  });
});

describe("a watermark", () => {
  const SENT = new Date("2026-01-02T10:00:00Z");
  const msAfterSent = (ms: number) => new Date(SENT.getTime() + ms);
  const watermark = async ({ scope }: SeededTurn, state: "delivered" | "read", through: Date) =>
    await applyWatermark(db, scope, { state, through });

  async function seedAcceptedPart(acceptedAfterMs: number): Promise<SeededTurn> {
    const seeded = await seed();
    await set(seeded, {
      state: "accepted",
      providerId: "m_1",
      attempt: 1,
      firstAttemptAt: SENT,
      acceptedAt: msAfterSent(acceptedAfterMs),
    });
    return seeded;
  }

  it("a watermark covers a part that the vendor had before the response arrived", async () => {
    const seeded = await seedAcceptedPart(400);
    expect(await watermark(seeded, "read", msAfterSent(-1))).toBe(0);
    expect(await watermark(seeded, "read", msAfterSent(1))).toBe(1);
    expect(await rowOf(seeded)).toMatchObject({ receipt: "read" });
  });

  it("a watermark does not cover a part that was deferred until after it", async () => {
    const seeded = await seedAcceptedPart(60_000);
    expect(await watermark(seeded, "read", msAfterSent(1))).toBe(0);
    expect(await watermark(seeded, "read", msAfterSent(60_000))).toBe(1);
  });

  it("a watermark moves no part back and none that was not accepted", async () => {
    const seeded = await seedAcceptedPart(400);
    await watermark(seeded, "read", msAfterSent(500));
    expect(await watermark(seeded, "delivered", msAfterSent(900))).toBe(0);
    expect(await rowOf(seeded)).toMatchObject({ receipt: "read" });
    const unsent = await seed();
    expect(await watermark(unsent, "read", new Date())).toBe(0);
  });
});

describe("a receipt with our own id", () => {
  const withId = (seeded: SeededTurn, state: State, fields: Partial<NewReceipt> = {}) =>
    receiptOf(seeded, state, { deliveryId: seeded.part.id, ...fields });

  it.each(["sending", "unknown", "intended"] as const)(
    "a receipt with our id shows that a part with a lost response was accepted (%s)",
    async (state) => {
      const seeded = await seed();
      await set(seeded, { state, attempt: 1, code: "response_lost", nextAttemptAt: new Date() });
      await storeReceipt(db, withId(seeded, "delivered"));
      expect(await rowOf(seeded)).toMatchObject({
        state: "accepted",
        providerId: `wamid.${seeded.part.id}`,
        receipt: "delivered",
        code: null,
        nextAttemptAt: null,
        acceptedAt: expect.any(Date),
      });
    },
  );

  it("a receipt with our id is ignored for a part that was never sent", async () => {
    const seeded = await seed();
    await storeReceipt(db, withId(seeded, "delivered"));
    expect(await rowOf(seeded)).toMatchObject({ state: "intended", providerId: null, receipt: null });
  });

  it.each(["refused", "suppressed"] as const)(
    "a receipt with our id does not change a part that is %s",
    async (state) => {
      const seeded = await seed();
      await set(seeded, { state, attempt: 1 });
      await storeReceipt(db, withId(seeded, "delivered"));
      expect(await rowOf(seeded)).toMatchObject({ state, providerId: null });
    },
  );

  it("a receipt with our id keeps the provider id of an accepted part", async () => {
    const seeded = await seed();
    await acceptPart(seeded, "wamid.first");
    await storeReceipt(db, withId(seeded, "read", { providerId: "wamid.second" }));
    expect(await rowOf(seeded)).toMatchObject({ providerId: "wamid.first", receipt: null });
  });

  it.each<[string, Partial<NewReceipt>]>([
    ["tenant", { tenantId: "another" }],
    ["account", { accountId: "another" }],
    ["channel", { channel: "whatsapp" }],
  ])("a receipt for another %s changes nothing", async (_what, fields) => {
    const seeded = await seed();
    await set(seeded, { state: "unknown", attempt: 1 });
    await storeReceipt(db, withId(seeded, "delivered", fields));
    expect(await rowOf(seeded)).toMatchObject({ state: "unknown", providerId: null });
  });

  it("a receipt with our id can report a late failure and names the part", async () => {
    const seeded = await seed();
    await set(seeded, { state: "unknown", attempt: 1 });
    expect(await storeReceipt(db, withId(seeded, "failed"))).toEqual({ failed: seeded.part.id });
    expect(await rowOf(seeded)).toMatchObject({
      state: "accepted",
      receipt: "failed",
      receiptCode: "131026",
    });
  });

  it("a receipt with our id wins over an attempt without a response, in both orders", async () => {
    const seeded = await seed();
    const attempt = { id: seeded.part.id, attempt: 1 };
    await set(seeded, { state: "sending", attempt: 1 });
    await storeReceipt(db, withId(seeded, "sent"));
    await settleAttempt(db, attempt, { state: "unknown", code: "response_lost" });
    await settleAttempt(db, attempt, { state: "intended", code: "http_500", waitMs: 0 });
    expect(await rowOf(seeded)).toMatchObject({ state: "accepted", receipt: "sent", code: null });
  });

  it("the gate lets no further attempt through after a receipt with our id", async () => {
    const seeded = await seed();
    await set(seeded, { state: "intended", attempt: 1 });
    await storeReceipt(db, withId(seeded, "sent"));
    const attempt = { id: seeded.part.id, attempt: 1 };
    const ask = async (policy: () => GateVerdict) =>
      await openGate(db, { scope: seeded.scope, part: attempt, policy, reroute: shouldNotHappen });
    const decisions = [
      await ask(() => ({ act: "send", template: false })),
      await ask(() => ({ act: "suppress", reason: "opted_out" })),
      await ask(() => ({ act: "supersede" })),
      await ask(() => ({ act: "reroute", conversationId: seeded.scope.conversationId })),
    ];
    expect(decisions).toEqual(decisions.map(() => ({ act: "taken" })));
    expect(await rowOf(seeded)).toMatchObject({ state: "accepted", attempt: 1 });
  });

  it("repeated receipts with our id can arrive together and with the late response", async () => {
    const seeds = await seedTurns(db, vault, 60);
    await db.update(deliveries).set({ state: "sending" }).where(eq(deliveries.state, "intended"));
    await Promise.all(
      seeds.map(async (seeded) => {
        await set(seeded, { state: "sending", attempt: 1 });
        await Promise.all([
          storeReceipt(db, withId(seeded, "delivered")),
          acceptPart({ ...seeded, part: { ...seeded.part, attempt: 1 } }),
          storeReceipt(db, withId(seeded, "sent")),
          storeReceipt(db, withId(seeded, "read")),
        ]);
      }),
    );
    const rows = await Promise.all(seeds.map(rowOf));
    expect(new Set(rows.map(({ state, receipt }) => `${state} ${receipt}`))).toEqual(
      new Set(["accepted read"]),
    );
    expect(rows.map(({ providerId }) => providerId)).toEqual(seeds.map(({ part }) => `wamid.${part.id}`));
  });

  it("a receipt with our id emits the event of the send and the event of its own state", async () => {
    const seeded = await seed();
    const { tenantId } = seeded.scope;
    const secrets = Buffer.alloc(1);
    await db
      .insert(eventEndpoints)
      .values({ id: randomUUID(), tenantId, url: "https://hear.test", secrets, types: [] });
    await set(seeded, { state: "unknown", attempt: 1 });
    await storeReceipt(db, withId(seeded, "delivered"));
    const emitted = await db
      .select({ type: events.type })
      .from(events)
      .where(eq(events.tenantId, tenantId))
      .orderBy(events.ordinal);
    expect(emitted.map(({ type }) => type)).toEqual(["message.reply.sent", "message.reply.delivered"]);
  });
});

async function shouldNotHappen(): Promise<void> {
  throw new Error("The text would go out a second time.");
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
