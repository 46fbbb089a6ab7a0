import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { type GateVerdict, openGate } from "../../../db/delivery/gate.ts";
import { type NewReceipt, storeReceipt } from "../../../db/delivery/receipts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { eventEndpoints, events } from "../../../db/schema/events.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { createReceiptSteps, receiptOf, type ReceiptState, type ReceiptSteps } from "./receipt-steps.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;
let steps: ReceiptSteps;

beforeAll(async () => {
  opened = await openDatabase("receipts_with_our_id", { maxConnections: 16 });
  ({ db, vault } = opened);
  steps = createReceiptSteps(db, vault);
});
afterAll(() => opened.close());

describe("a receipt with our own id", () => {
  const withId = (seeded: SeededTurn, state: ReceiptState, fields: Partial<NewReceipt> = {}) =>
    receiptOf(seeded, state, { deliveryId: seeded.part.id, ...fields });

  it.each(["sending", "unknown", "intended"] as const)(
    "a receipt with our id shows that a part with a lost response was accepted (%s)",
    async (state) => {
      const seeded = await steps.seedOne();
      await steps.changePart(seeded, { state, attempt: 1, code: "response_lost", nextAttemptAt: new Date() });
      await storeReceipt(db, withId(seeded, "delivered"));
      expect(await steps.readPart(seeded)).toMatchObject({
        state: "accepted",
        providerId: `wamid.${seeded.part.id}`,
        receipt: "delivered",
        code: null,
        nextAttemptAt: null,
        acceptedAt: expect.any(Date),
      });
    },
  );

  it("a callback that only says that the vendor has the part proves the send and stores no receipt", async () => {
    const seeded = await steps.seedOne();
    await steps.changePart(seeded, { state: "sending", attempt: 1, code: "response_lost" });
    expect(await storeReceipt(db, withId(seeded, "accepted"))).toEqual({ failed: null });
    expect(await steps.readPart(seeded)).toMatchObject({
      state: "accepted",
      providerId: `wamid.${seeded.part.id}`,
      receipt: null,
    });
  });

  it("a receipt with our id changes no part that was never sent", async () => {
    const seeded = await steps.seedOne();
    await storeReceipt(db, withId(seeded, "delivered"));
    expect(await steps.readPart(seeded)).toMatchObject({
      state: "intended",
      providerId: null,
      receipt: null,
    });
  });

  it.each(["refused", "suppressed"] as const)(
    "a receipt with our id does not change a part that is %s",
    async (state) => {
      const seeded = await steps.seedOne();
      await steps.changePart(seeded, { state, attempt: 1 });
      await storeReceipt(db, withId(seeded, "delivered"));
      expect(await steps.readPart(seeded)).toMatchObject({ state, providerId: null });
    },
  );

  it("a receipt with our id does not change the vendor id of an accepted part", async () => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded, "wamid.first");
    await storeReceipt(db, withId(seeded, "read", { providerId: "wamid.second" }));
    expect(await steps.readPart(seeded)).toMatchObject({ providerId: "wamid.first", receipt: null });
  });

  it.each<[string, Partial<NewReceipt>]>([
    ["tenant", { tenantId: "another" }],
    ["account", { accountId: "another" }],
    ["channel", { channel: "whatsapp" }],
  ])("a receipt for another %s changes nothing", async (_what, fields) => {
    const seeded = await steps.seedOne();
    await steps.changePart(seeded, { state: "unknown", attempt: 1 });
    await storeReceipt(db, withId(seeded, "delivered", fields));
    expect(await steps.readPart(seeded)).toMatchObject({ state: "unknown", providerId: null });
  });

  it("a receipt with our id can report a late failure of a part", async () => {
    const seeded = await steps.seedOne();
    await steps.changePart(seeded, { state: "unknown", attempt: 1 });
    expect(await storeReceipt(db, withId(seeded, "failed"))).toEqual({ failed: seeded.part.id });
    expect(await steps.readPart(seeded)).toMatchObject({
      state: "accepted",
      receipt: "failed",
      receiptCode: "131026",
    });
  });

  it("a receipt with our id wins over the attempt that lost its response", async () => {
    const seeded = await steps.seedOne();
    const attempt = { id: seeded.part.id, attempt: 1 };
    await steps.changePart(seeded, { state: "sending", attempt: 1 });
    await storeReceipt(db, withId(seeded, "sent"));
    await settleAttempt(db, attempt, { state: "unknown", code: "response_lost" });
    await settleAttempt(db, attempt, { state: "intended", code: "http_500", waitMs: 0 });
    expect(await steps.readPart(seeded)).toMatchObject({ state: "accepted", receipt: "sent", code: null });
  });

  it("the gate lets no attempt through after a receipt with our id", async () => {
    const seeded = await steps.seedOne();
    await steps.changePart(seeded, { state: "intended", attempt: 1 });
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
    expect(await steps.readPart(seeded)).toMatchObject({ state: "accepted", attempt: 1 });
  });

  it("receipts with our id and the late response at the same time leave the furthest state", async () => {
    const seeds = await seedTurns(db, vault, 60);
    await db.update(deliveries).set({ state: "sending" }).where(eq(deliveries.state, "intended"));
    await Promise.all(
      seeds.map(async (seeded) => {
        await steps.changePart(seeded, { state: "sending", attempt: 1 });
        await Promise.all([
          storeReceipt(db, withId(seeded, "delivered")),
          steps.acceptPart({ ...seeded, part: { ...seeded.part, attempt: 1 } }),
          storeReceipt(db, withId(seeded, "sent")),
          storeReceipt(db, withId(seeded, "read")),
        ]);
      }),
    );
    const rows = await Promise.all(seeds.map(steps.readPart));
    expect(new Set(rows.map(({ state, receipt }) => `${state} ${receipt}`))).toEqual(
      new Set(["accepted read"]),
    );
    expect(rows.map(({ providerId }) => providerId)).toEqual(seeds.map(({ part }) => `wamid.${part.id}`));
  });

  it("a receipt with our id emits the events of its send and of its state", async () => {
    const seeded = await steps.seedOne();
    const { tenantId } = seeded.scope;
    const secrets = Buffer.alloc(1);
    await db
      .insert(eventEndpoints)
      .values({ id: randomUUID(), tenantId, url: "https://events.test", secrets, types: [] });
    await steps.changePart(seeded, { state: "unknown", attempt: 1 });
    await storeReceipt(db, withId(seeded, "delivered"));
    const rows = await db
      .select({ type: events.type })
      .from(events)
      .where(eq(events.tenantId, tenantId))
      .orderBy(events.ordinal);
    expect(rows.map(({ type }) => type)).toEqual(["message.reply.sent", "message.reply.delivered"]);
  });
});

async function shouldNotHappen(): Promise<void> {
  throw new Error("The text would go out a second time.");
}
