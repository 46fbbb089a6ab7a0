import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createSendReplyPart } from "../../../activities/delivery/send-reply-part.ts";
import { createSendRates } from "../../../activities/delivery/send-rates.ts";
import type { StoredAccount } from "../../../db/tenants/accounts.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { applyWatermark, type NewReceipt, storeReceipt } from "../../../db/delivery/receipts.ts";
import { receipts } from "../../../db/schema/deliveries.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { createEgressGuard } from "../../../infra/runtime/network/egress-guard.ts";
import {
  createReceiptSteps,
  keyOf,
  receiptOf,
  type ReceiptState,
  type ReceiptSteps,
} from "./receipt-steps.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;
let steps: ReceiptSteps;

beforeAll(async () => {
  opened = await openDatabase("receipts", { maxConnections: 16 });
  ({ db, vault } = opened);
  steps = createReceiptSteps(db, vault);
});
afterAll(() => opened.close());

const STATES: readonly ReceiptState[] = ["sent", "failed", "delivered", "read"];

describe("a receipt", () => {
  it("a receipt moves the part with its vendor id", async () => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "delivered"));
    expect(await steps.readPart(seeded)).toMatchObject({ state: "accepted", receipt: "delivered" });
  });

  it("a receipt that arrives before our commit is stored and applied by the commit", async () => {
    const seeded = await steps.seedOne();
    expect(await storeReceipt(db, receiptOf(seeded, "sent"))).toEqual({ failed: null });
    await storeReceipt(db, receiptOf(seeded, "delivered"));
    expect(await steps.readPart(seeded)).toMatchObject({ state: "intended", receipt: null });
    await steps.acceptPart(seeded);
    expect(await steps.readPart(seeded)).toMatchObject({ state: "accepted", receipt: "delivered" });
  });

  it("a receipt that arrived before our commit is applied by the next attempt when the first process died", async () => {
    const seeded = await steps.seedOne();
    const receipt = receiptOf(seeded, "failed");
    await storeReceipt(db, receipt);
    const { providerId } = receipt;
    await settleAttempt(db, seeded.part, { state: "accepted", providerId });
    expect((await steps.readPart(seeded)).receipt).toBeNull();
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
      holdMs: () => 0,
      windowOf: () => null,
    });
    const part = {
      ...(await steps.readPart(seeded)),
      text: "An answer.",
      unchangedMs: 0,
      dueInMs: 0,
      triedForMs: 0,
      sinceAttemptMs: 0,
      marks: [],
    };
    const envelope = {
      to: seeded.address,
      thread: "",
      author: "assistant",
      inReplyTo: [],
      sources: [],
    } as const;
    const { conversationId } = seeded.scope;
    await sendPart(
      {
        scope: seeded.scope,
        channel,
        account,
        deadline: { leftMs: () => Infinity },
        envelope: { ...envelope, conversationId, parts: 1 },
      },
      part,
      [],
    );
    await egress.close();
    expect((await steps.readPart(seeded)).receipt).toBe("failed");
  });

  it("receipts in every order never move a part back", async () => {
    for (const order of permutations(STATES)) {
      const seeded = await steps.seedOne();
      await steps.acceptPart(seeded);
      for (const [i, state] of order.entries()) {
        await storeReceipt(db, receiptOf(seeded, state));
        const furthest = STATES[Math.max(...order.slice(0, i + 1).map((one) => STATES.indexOf(one)))];
        expect(await steps.readPart(seeded), order.join()).toMatchObject({ receipt: furthest });
      }
    }
  });

  it("receipts of every kind that arrive together with our commit leave the furthest state", async () => {
    const seeds = await seedTurns(db, vault, 60);
    await Promise.all(
      seeds.flatMap((seeded) => [
        storeReceipt(db, receiptOf(seeded, "delivered")),
        steps.acceptPart(seeded),
        storeReceipt(db, receiptOf(seeded, "read")),
        storeReceipt(db, receiptOf(seeded, "sent")),
      ]),
    );
    const rows = await Promise.all(seeds.map(steps.readPart));
    expect(new Set(rows.map(({ state, receipt }) => `${state} ${receipt}`))).toEqual(
      new Set(["accepted read"]),
    );
  });

  it("a receipt of a late failure names the reply part once", async () => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "sent"));
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: seeded.part.id });
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: null });
    expect(await steps.readPart(seeded)).toMatchObject({ receipt: "failed", receiptCode: "131026" });
  });

  it("a stored receipt is applied on redelivery when the first process died before it applied the receipt", async () => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded);
    await db.insert(receipts).values({ ...receiptOf(seeded, "failed"), state: "failed" });
    expect(await storeReceipt(db, receiptOf(seeded, "failed"))).toEqual({ failed: seeded.part.id });
  });

  it("a receipt that changes nothing of an accepted part waits for no lock", async () => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded);
    const receipt = receiptOf(seeded, "delivered");
    await storeReceipt(db, receipt);
    const { channel, accountId, providerId } = receipt;
    await db.transaction(async (tx) => {
      await tx.execute(
        sql`SELECT pg_advisory_xact_lock(receipt_lock(${channel}, ${accountId}, ${providerId}))`,
      );
      for (const state of ["delivered", "sent"] as const)
        expect(await storeReceipt(db, receiptOf(seeded, state))).toEqual({ failed: null });
    });
  });

  it.each<[string, Partial<NewReceipt>]>([
    ["tenant", { tenantId: "another" }],
    ["account", { accountId: "another" }],
    ["channel", { channel: "whatsapp" }],
  ])("a receipt of another %s changes nothing", async (_what, fields) => {
    const seeded = await steps.seedOne();
    await steps.acceptPart(seeded);
    await storeReceipt(db, receiptOf(seeded, "read", fields));
    expect(await steps.readPart(seeded)).toMatchObject({ receipt: null });
  });
});

describe("a watermark", () => {
  const SENT = new Date("2026-01-02T10:00:00Z");
  const msAfterSent = (ms: number) => new Date(SENT.getTime() + ms);
  const watermark = async ({ scope }: SeededTurn, state: "delivered" | "read", through: Date) =>
    await applyWatermark(db, scope, { state, through });

  async function seedAcceptedPart(acceptedAfterMs: number): Promise<SeededTurn> {
    const seeded = await steps.seedOne();
    await steps.changePart(seeded, {
      state: "accepted",
      providerId: "m_1",
      attempt: 1,
      firstAttemptAt: SENT,
      acceptedAt: msAfterSent(acceptedAfterMs),
    });
    return seeded;
  }

  it("a watermark covers a part that the vendor had before we received its response", async () => {
    const seeded = await seedAcceptedPart(400);
    expect(await watermark(seeded, "read", msAfterSent(-1))).toBe(0);
    expect(await watermark(seeded, "read", msAfterSent(1))).toBe(1);
    expect(await steps.readPart(seeded)).toMatchObject({ receipt: "read" });
  });

  it("a watermark does not cover a part that was sent later", async () => {
    const seeded = await seedAcceptedPart(60_000);
    expect(await watermark(seeded, "read", msAfterSent(1))).toBe(0);
    expect(await watermark(seeded, "read", msAfterSent(60_000))).toBe(1);
  });

  it("a watermark never moves a part back and moves only accepted parts", async () => {
    const seeded = await seedAcceptedPart(400);
    await watermark(seeded, "read", msAfterSent(500));
    expect(await watermark(seeded, "delivered", msAfterSent(900))).toBe(0);
    expect(await steps.readPart(seeded)).toMatchObject({ receipt: "read" });
    const unsent = await steps.seedOne();
    expect(await watermark(unsent, "read", new Date())).toBe(0);
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
