import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, test } from "vitest";
import { budgetShares } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import { reserveBudget, settleBudget } from "../../../db/tenants/budgets.ts";
import { reserveVisitorShares, setVisitorNetwork } from "../../../db/tenants/visitor-budgets.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

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
async function seedTurn(network: string | null, dailyBudgetUsd = 10): Promise<SeededTurn> {
  const { db, vault } = opened;
  const shares = { visitorBudgetShare: 0.5, networkBudgetShare: 0.1 };
  const [seeded] = await seedTurns(db, vault, 1, { dailyBudgetUsd, ...shares });
  if (seeded === undefined) throw new Error("No turn was seeded.");
  if (network !== null) await setVisitorNetwork(db, seeded.scope.conversationId, network);
  return seeded;
}

async function addShares({ scope: { tenantId } }: SeededTurn, scopes: readonly string[], reservedUsd = 0) {
  const rows = scopes.map((scope) => ({ tenantId, day: today, scope, reservedUsd }));
  await opened.db.insert(budgetShares).values(rows);
}

/** Runs a step while another transaction holds these locks, and `look` while both are open. */
async function beside<T>(
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
  const seeded = await seedTurn(NETWORK);
  const { tenantId, turnId, accountId } = seeded.scope;
  const visitors = `visitors:${accountId}`;
  const scopes = [visitors, `network:${NETWORK}`];
  await addShares(seeded, stored === "visitors first" ? scopes : scopes.toReversed());
  if (step === "settle") {
    await db.update(turns).set({ visitorNetwork: NETWORK }).where(eq(turns.id, turnId));
    await reserveBudget(db, { tenantId, turnId, usd: 0.1 });
  }
  const run = async () =>
    await db.transaction(async (tx) => {
      // A plan by a full scan meets the rows in the order in which they were written.
      await tx.execute(sql`SET LOCAL enable_indexscan = off`);
      await tx.execute(sql`SET LOCAL enable_bitmapscan = off`);
      if (step === "settle") await settleBudget(tx, { tenantId, turnId, spentUsd: 0.1 });
      else await reserveVisitorShares(tx, { turnId, usd: 0.1 });
    });
  const { running } = await beside(
    sql`SELECT FROM budget_shares WHERE tenant_id = ${tenantId} AND scope = ${visitors} FOR UPDATE`,
    run,
    async () =>
      await eventually(
        "the lock on the share of the network",
        async () => {
          const free = await db.execute(sql`SELECT FROM budget_shares
          WHERE tenant_id = ${tenantId} AND scope LIKE 'network:%' FOR UPDATE SKIP LOCKED`);
          return free.rowCount === 0;
        },
        WITHIN_MS,
      ),
  );
  await running;
});
