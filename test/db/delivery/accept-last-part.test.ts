import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import type { SendContext } from "../../../activities/delivery/send-context.ts";
import { createSettlement, type Settlement } from "../../../activities/delivery/settlement.ts";
import { acceptLastPart } from "../../../db/delivery/settle-attempt.ts";
import { recordAccountFailure, recordAccountRecovery } from "../../../db/delivery/account-outages.ts";
import { storeReceipt } from "../../../db/delivery/receipts.ts";
import { accountOutages, deliveries } from "../../../db/schema/deliveries.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { turns } from "../../../db/schema/turns.ts";
import type { Queryable } from "../../../db/connection/postgres.ts";
import type { FinishedTurn } from "../../../db/turns/finish-turn.ts";
import { lockConversation } from "../../../db/turns/turn-owner.ts";
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

/** When the account of a turn worked again after a failure; null while it fails. */
async function readRecovery({ scope }: SeededTurn): Promise<Date | null | undefined> {
  const isOwn = eq(accountOutages.accountId, scope.accountId);
  const [outage] = await opened.db.select().from(accountOutages).where(isOwn);
  return outage?.recoveredAt;
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
  expect(await readRecovery(seeded)).toBeInstanceOf(Date);
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

type Outcome = Parameters<Settlement["settleOutcome"]>[2];

/** The settlement of what the vendor said about the last part, by default that it accepted it, as `deliver` asks for it. */
async function settle(
  seeded: SeededTurn,
  outcome: Outcome = { kind: "accepted", providerId: providerIdOf(seeded) },
  { settleOutcome }: Settlement = createSettlement({ db: opened.db }),
) {
  const { db } = opened;
  const [part] = await db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  if (part === undefined) throw new Error("The part is gone.");
  const times = { unchangedMs: 0, dueInMs: 0, triedForMs: 0, sinceAttemptMs: 0 };
  const channel = createWebhookChannel({ egress: {} as EgressGuard, now: () => new Date(), random: () => 0 });
  const ended: FinishedTurn[] = [];
  const onTurnFinished = (finished: FinishedTurn) => ended.push(finished);
  const sending = { scope: seeded.scope, channel, onTurnFinished } as unknown as SendContext;
  const state = await runActivity(() =>
    settleOutcome(sending, { ...part, ...times, text: "Hi", marks: [] }, outcome),
  );
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

it.each([
  [
    "its conversation",
    async (tx: Queryable, { scope }: SeededTurn) => await lockConversation(tx, scope.conversationId),
  ],
  [
    "the outage of its account",
    async (tx: Queryable, { scope }: SeededTurn) => await recordAccountRecovery(tx, scope),
  ],
])(
  "the statement that accepts the last part soon fails where another transaction has the lock of %s",
  async (_, lock) => {
    const seeded = await seedSending();
    await recordAccountFailure(opened.db, seeded.scope);
    await opened.db.transaction(async (rival) => {
      await lock(rival, seeded);
      const waiting = opened.db.transaction(async (tx) => {
        await tx.execute(sql`SET LOCAL lock_timeout = 0`);
        await accept(tx, seeded);
      });
      await expect(waiting).rejects.toMatchObject({ cause: { code: "55P03" } });
    });
  },
);

it("an acceptance is written alone while another transaction has the lock of the conversation", async () => {
  const seeded = await seedSending();
  await opened.db.transaction(async (rival) => {
    await lockConversation(rival, seeded.scope.conversationId);
    expect(await settle(seeded)).toEqual({ state: "accepted", ended: [] });
  });
  expect(await read(seeded)).toMatchObject({ part: "accepted", turn: "open" });
});

it("a vendor that fails after an acceptance that ended a turn is a failing one at once", async () => {
  const [first, second, third] = [await seedSending(), await seedSending(), await seedSending()];
  const { accountId } = first.scope;
  const settlement = createSettlement({ db: opened.db });
  const ofAccount = (seeded: SeededTurn) => ({ ...seeded, scope: { ...seeded.scope, accountId } });
  const fail = async (seeded: SeededTurn) =>
    await expect(
      settle(
        ofAccount(seeded),
        { kind: "refused", class: "retry", code: "http_503", retryAfterMs: null },
        settlement,
      ),
    ).rejects.toThrow("The next attempt comes");
  await fail(first);
  expect(await readRecovery(first)).toBeNull();
  await settle(ofAccount(second), undefined, settlement);
  expect(await readRecovery(first)).toBeInstanceOf(Date);
  await fail(third);
  expect(await readRecovery(first)).toBeNull();
});
