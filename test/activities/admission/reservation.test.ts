import { and, eq, ne, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { createAdmit } from "../../../activities/admit.ts";
import { recordReply } from "../../../db/delivery/deliveries.ts";
import { budgetSlots, budgetUse, tenants } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { planAnswer, settleBudget } from "../../../db/tenants/budgets.ts";
import { emitBudgetAlerts, setVisitorNetwork } from "../../../db/tenants/visitor-budgets.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { replaceTurnByMessage, type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("reservation", { maxConnections: 6 });
});
afterAll(() => opened.close());

/** Less than the lock timeout of 3 s: after it the step would be a failed one. */
const WITHIN_MS = 2_500;
const NETWORK = "network-a";
const today = sql`(now() AT TIME ZONE 'UTC')::date`;

/** A turn of an anonymous visitor, or of a contact without a network. */
async function seedTurnOf(network: string | null, dailyBudgetUsd = 10): Promise<SeededTurn> {
  const { db, vault } = opened;
  const shares = { visitorBudgetShare: 0.5, networkBudgetShare: 0.1 };
  const seeded = await seedTurn(db, vault, { dailyBudgetUsd, ...shares });
  if (network !== null) await setVisitorNetwork(db, seeded.scope.conversationId, network);
  return seeded;
}

/** The slots that the turn uses of these shares. The reservations of tests fit into the grant. */
async function addShares(
  { scope: { tenantId, turnId } }: SeededTurn,
  shares: Record<string, { limitUsd: number; reservedUsd?: number }>,
) {
  const rows = Object.entries(shares).map(([scope, { limitUsd, reservedUsd = 0 }]) => {
    const slot = scope.startsWith("network:") ? 0 : Number.parseInt(turnId.slice(-1), 16);
    const grant = { grantedUsd: 0.9 * limitUsd, limitUsd, alertUsd: 0.8 * limitUsd };
    return { tenantId, day: today, scope, slot, reservedUsd, ...grant };
  });
  await opened.db.insert(budgetSlots).values(rows);
}

const readShares = async ({ scope: { tenantId } }: SeededTurn) =>
  await opened.db
    .select()
    .from(budgetUse)
    .where(and(eq(budgetUse.tenantId, tenantId), ne(budgetUse.scope, "")));

/** Stores a new message of the contact of the seeded turn. Returns what admits it. */
async function prepareAdmission(seeded: SeededTurn) {
  const { db, vault } = opened;
  const message = await replaceTurnByMessage(db, vault, seeded);
  const admitMessage = createAdmit({
    db,
    vault,
    limiter: { take: async () => ({ allowed: true }) },
    quiet: { capMs: 0, capMessages: 1 },
    placeModelCall: (isRepeated) => (isRepeated ? "main_queue" : "local"),
    outages: { holdMs: () => 0 },
    reservationUsd: 0.5,
  });
  return async () => await runActivity(async () => await admitMessage(message));
}

/** Runs a step while another transaction holds these locks, and `look` while both are open. */
async function runUnderLock<T>(
  locks: ReturnType<typeof sql>,
  step: () => Promise<T>,
  look: (running: Promise<T>) => Promise<unknown>,
) {
  return await opened.db.transaction(async (tx) => {
    await tx.execute(locks);
    const running = step();
    // The step may fail while `look` waits.
    void running.catch(() => undefined);
    await look(running);
    return { running };
  });
}

test.each([
  ["reserve", "visitors first"],
  ["settle", "visitors first"],
  ["settle", "network first"],
])("%s locks the share of the network before that of the visitors, with rows %s", async (step, stored) => {
  const { db } = opened;
  const seeded = await seedTurnOf(NETWORK);
  const { tenantId, turnId, accountId } = seeded.scope;
  const visitors = `visitors:${accountId}`;
  const shares = { [visitors]: { limitUsd: 5 } };
  const network = { [`network:${NETWORK}`]: { limitUsd: 1 } };
  await addShares(
    seeded,
    stored === "visitors first" ? { ...shares, ...network } : { ...network, ...shares },
  );
  if (step === "settle") await planAnswer(db, { turnId, usd: 0.1 });
  const run = async () =>
    await db.transaction(async (tx) => {
      // A plan by a full scan meets the rows in the order in which they were written.
      await tx.execute(sql`SET LOCAL enable_indexscan = off`);
      await tx.execute(sql`SET LOCAL enable_bitmapscan = off`);
      if (step === "settle") await settleBudget(tx, { turnId, spentUsd: 0.1 });
      else await planAnswer(tx, { turnId, usd: 0.1 });
    });
  const { running } = await runUnderLock(
    sql`SELECT FROM budget_slots WHERE tenant_id = ${tenantId} AND scope = ${visitors} FOR UPDATE`,
    run,
    async () =>
      await eventually(
        "the lock on the share of the network",
        async () => {
          const free = await db.execute(sql`SELECT FROM budget_slots
          WHERE tenant_id = ${tenantId} AND scope LIKE 'network:%' FOR UPDATE SKIP LOCKED`);
          return free.rowCount === 0;
        },
        WITHIN_MS,
      ),
  );
  await running;
});

test("a turn without a network neither reads nor waits for the shares of visitors", async () => {
  const seeded = await seedTurnOf(null);
  const { tenantId } = seeded.scope;
  await addShares(seeded, { "network:network-b": { limitUsd: 1, reservedUsd: 50 } });
  const admit = await prepareAdmission(seeded);
  const { running } = await runUnderLock(
    sql`SELECT FROM budget_slots WHERE tenant_id = ${tenantId} FOR UPDATE`,
    admit,
    async (admission) => await admission,
  );
  expect(await running).toMatchObject({ kind: "turn", plan: "answer" });
  expect(await readShares(seeded)).toMatchObject([{ alertedAt: null }]);
});

test("a turn that is admitted again, because its workflow task was lost, makes its model calls over the queue", async () => {
  const admit = await prepareAdmission(await seedTurnOf(null));
  expect(await admit()).toMatchObject({ plan: "answer", modelCall: "local" });
  expect(await admit()).toMatchObject({ plan: "answer", modelCall: "main_queue" });
});

test.each(["recorded", "failed"])(
  "a turn without a network that is %s neither reads nor waits for the shares of visitors",
  async (end) => {
    const { db, vault } = opened;
    const seeded = await seedTurnOf(null);
    const { scope } = seeded;
    const { tenantId, turnId, accountId } = scope;
    await addShares(seeded, { [`visitors:${accountId}`]: { limitUsd: 5 } });
    await db.execute(sql`DELETE FROM deliveries WHERE turn_id = ${turnId}`);
    await planAnswer(db, { turnId, usd: 0.1 });
    const reply = { parts: [toReplyText("An answer.")], tier: "fixed_text", reason: null, model: null };
    const settle = async () =>
      end === "recorded"
        ? await recordReply(db, vault, { scope, version: 0, nextSeq: 1 }, reply)
        : await failTurn(db, { turnId, reason: "test", build: "build" });
    await runUnderLock(
      sql`SELECT FROM budget_slots WHERE tenant_id = ${tenantId} AND scope <> '' FOR UPDATE`,
      settle,
      async (run) => await run,
    );
    const [turn] = await db.select().from(turns).where(eq(turns.id, turnId));
    expect(turn).toMatchObject({ reservedUsd: 0 });
  },
);

test("the turn of a visitor alerts of its own shares alone", async () => {
  const { db } = opened;
  const seeded = await seedTurnOf(NETWORK);
  const { tenantId, turnId, conversationId } = seeded.scope;
  const other = { limitUsd: 1, reservedUsd: 50 };
  await addShares(seeded, { "network:network-b": other, "visitors:another": other });
  expect(await planAnswer(db, { turnId, usd: 0.9 })).toEqual({ verdict: "reserved", mayAlert: true });
  const alerts = await emitBudgetAlerts(db, { tenantId, turnId, conversationId });
  expect(alerts).toEqual([{ scope: "network", usedUsd: 0.9, limitUsd: 1 }]);
});

test("the reservation of a turn is committed before its alerts are emitted", async () => {
  const { db } = opened;
  const seeded = await seedTurnOf(NETWORK);
  const { tenantId } = seeded.scope;
  await db.update(tenants).set({ budgetAlertShare: 0.01 }).where(eq(tenants.id, tenantId));
  const admit = await prepareAdmission(seeded);
  const { running } = await runUnderLock(
    sql`LOCK TABLE events IN EXCLUSIVE MODE`,
    admit,
    async () =>
      await eventually(
        "the reservation",
        async () => {
          const [turn] = await db.select().from(turns).where(eq(turns.tenantId, tenantId));
          return turn?.reservedUsd === 0.5;
        },
        WITHIN_MS,
      ),
  );
  expect(await running).toMatchObject({ kind: "turn", plan: "answer" });
});

test("a turn that finds the budget of its tenant used up leaves nothing reserved in the shares of its visitor", async () => {
  const { db } = opened;
  const seeded = await seedTurnOf(NETWORK);
  const { tenantId } = seeded.scope;
  await db.execute(sql`INSERT INTO budgets (tenant_id, day, spent_usd) VALUES (${tenantId}, ${today}, 10)`);
  const admit = await prepareAdmission(seeded);
  expect(await admit()).toMatchObject({ kind: "turn", plan: "answer" });
  const shares = await readShares(seeded);
  expect(shares.filter(({ reservedUsd, spentUsd }) => reservedUsd + spentUsd > 0)).toEqual([]);
  const [turn] = await db.select().from(turns).where(eq(turns.tenantId, tenantId));
  expect(turn).toMatchObject({ reservedUsd: 0, visitorNetwork: null });
});
