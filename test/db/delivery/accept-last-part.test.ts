import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import type { SendContext } from "../../../activities/delivery/send-context.ts";
import { createSettlement } from "../../../activities/delivery/settlement.ts";
import { acceptLastPart } from "../../../db/delivery/settle-attempt.ts";
import { recordAccountFailure } from "../../../db/delivery/account-outages.ts";
import { storeReceipt } from "../../../db/delivery/receipts.ts";
import { accountOutages, deliveries } from "../../../db/schema/deliveries.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { turns } from "../../../db/schema/turns.ts";
import type { Queryable } from "../../../db/connection/postgres.ts";
import type { FinishedTurn } from "../../../db/turns/finish-turn.ts";
import type { EgressGuard } from "../../../infra/runtime/network/egress-guard.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("accept_last_part");
});
afterAll(() => opened.close());

/** A turn whose only part is being sent. */
async function seedSending(): Promise<SeededTurn> {
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const change = { state: "sending", attempt: 1 } as const;
  await opened.db.update(deliveries).set(change).where(eq(deliveries.id, seeded.part.id));
  return { ...seeded, part: { ...seeded.part, attempt: 1 } };
}

const providerIdOf = ({ part }: SeededTurn) => `vendor-${part.id}`;

async function accept(db: Queryable, seeded: SeededTurn) {
  const { scope, part } = seeded;
  return await acceptLastPart(db, part, { scope, providerId: providerIdOf(seeded), receipts: true });
}

async function receive(seeded: SeededTurn): Promise<void> {
  const { tenantId, channel, accountId } = seeded.scope;
  const receipt = { state: "delivered", code: null, providerTime: null } as const;
  const providerId = providerIdOf(seeded);
  await storeReceipt(opened.db, { tenantId, channel, accountId, providerId, ...receipt });
}

async function read({ scope, part }: SeededTurn) {
  const { db } = opened;
  const [delivery] = await db.select().from(deliveries).where(eq(deliveries.id, part.id));
  const [turn] = await db.select().from(turns).where(eq(turns.id, scope.turnId));
  const [conversation] = await db
    .select()
    .from(conversations)
    .where(eq(conversations.id, scope.conversationId));
  return {
    part: delivery?.state,
    receipt: delivery?.receipt,
    turn: turn?.state,
    outcome: turn?.outcome,
    owner: conversation?.turnOwner,
  };
}

const ENDED = { part: "accepted", turn: "closed", outcome: "answered", owner: null };
const FINISHED = { outcome: "answered", reason: null, more: false };

it("the acceptance of the last part ends the turn, and a repeated call changes nothing and returns the same", async () => {
  const seeded = await seedSending();
  await recordAccountFailure(opened.db, seeded.scope);
  const first = await accept(opened.db, seeded);
  expect(first).toEqual({ finished: FINISHED, hasEarlyReceipts: false });
  const stored = await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  expect(await accept(opened.db, seeded)).toEqual(first);
  expect(await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id))).toEqual(stored);
  expect(await read(seeded)).toMatchObject(ENDED);
  const isOwn = eq(accountOutages.accountId, seeded.scope.accountId);
  const [outage] = await opened.db.select().from(accountOutages).where(isOwn);
  expect(outage?.recoveredAt).toBeInstanceOf(Date);
});

it("a late acceptance of an earlier attempt does not change the part of a later one", async () => {
  const seeded = await seedSending();
  await opened.db.update(deliveries).set({ attempt: 2 }).where(eq(deliveries.id, seeded.part.id));
  await accept(opened.db, seeded);
  expect(await read(seeded)).toMatchObject({ part: "sending" });
});

it("a receipt that arrives before the commit of the acceptance, or during it, is applied", async () => {
  const early = await seedSending();
  await receive(early);
  expect(await accept(opened.db, early)).toMatchObject({ hasEarlyReceipts: true });

  const seeded = await seedSending();
  let received: Promise<void> | undefined;
  await opened.db.transaction(async (tx) => {
    expect(await accept(tx, seeded)).toMatchObject({ hasEarlyReceipts: false });
    received = receive(seeded);
    await eventually("the receipt waits for the acceptance", async () => {
      const { rows } = await opened.db.execute(sql`
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      return rows.length === 1;
    });
  });
  await received;
  expect(await read(seeded)).toMatchObject({ ...ENDED, receipt: "delivered" });
});

/** The settlement of a vendor's acceptance of the last part, as `deliver` asks for it. */
async function settle(seeded: SeededTurn) {
  const { db } = opened;
  const [part] = await db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  if (part === undefined) throw new Error("The part is gone.");
  const times = { unchangedMs: 0, dueInMs: 0, triedForMs: 0, sinceAttemptMs: 0 };
  const channel = createWebhookChannel({ egress: {} as EgressGuard, now: () => new Date(), random: () => 0 });
  const ended: FinishedTurn[] = [];
  const onTurnFinished = (finished: FinishedTurn) => ended.push(finished);
  const sending = { scope: seeded.scope, channel, onTurnFinished } as unknown as SendContext;
  const outcome = { kind: "accepted", providerId: providerIdOf(seeded) } as const;
  const { settleOutcome } = createSettlement({ db });
  const state = await runActivity(() => settleOutcome(sending, { ...part, ...times, text: "Hi" }, outcome));
  return { state, ended };
}

it("an accepted part ends its turn in the same write", async () => {
  const seeded = await seedSending();
  expect(await settle(seeded)).toEqual({ state: "accepted", ended: [FINISHED] });
  expect(await read(seeded)).toMatchObject(ENDED);
});

it("an acceptance is written alone where the turn cannot be ended with it", async () => {
  const seeded = await seedSending();
  const rename = async (from: string, to: string) =>
    void (await opened.db.execute(sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`)));
  await rename("account_outages", "account_outages_gone");
  onTestFinished(async () => await rename("account_outages_gone", "account_outages"));
  expect(await settle(seeded)).toEqual({ state: "accepted", ended: [] });
  expect(await read(seeded)).toMatchObject({ part: "accepted", turn: "open" });
});
