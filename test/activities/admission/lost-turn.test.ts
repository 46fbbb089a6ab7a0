import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAdmit } from "../../../activities/admit.ts";
import { conversations, inbox } from "../../../db/schema/conversations.ts";
import { turns } from "../../../db/schema/turns.ts";
import type { RateVerdict } from "../../../db/tenants/rate-limits.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { replaceTurnByMessage, type SeededTurn, seedTurn } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("lost_turn");
});
afterAll(() => opened.close());

/** A crash of PostgreSQL after the asynchronous commit that acquired the turn, and before the commit of the plan. */
async function loseTurn({ scope: { conversationId } }: SeededTurn): Promise<void> {
  const { db } = opened;
  await db.delete(turns).where(eq(turns.conversationId, conversationId));
  await db
    .update(inbox)
    .set({ state: "pending", turnId: null })
    .where(eq(inbox.conversationId, conversationId));
  await db
    .update(conversations)
    .set({ turnOwner: null, turnAcquiredAt: null })
    .where(eq(conversations.id, conversationId));
}

test.each<{ verdict: RateVerdict; plan: string; reservedUsd: number }>([
  { verdict: { allowed: true }, plan: "answer", reservedUsd: 0.5 },
  { verdict: { allowed: false, isFirst: true }, plan: "notice", reservedUsd: 0 },
  { verdict: { allowed: false, isFirst: false }, plan: "silence", reservedUsd: 0 },
])(
  "a turn that PostgreSQL loses before it has the plan $plan is acquired again by the repeated step",
  async (expected) => {
    const { db, vault } = opened;
    const seeded = await seedTurn(db, vault);
    const message = await replaceTurnByMessage(db, vault, seeded);
    let isLost = false;
    const admit = createAdmit({
      db,
      vault,
      limiter: {
        take: async () => {
          if (!isLost) await loseTurn(seeded);
          isLost = true;
          return expected.verdict;
        },
      },
      quiet: { capMs: 0, capMessages: 1 },
      placeModelCall: () => "local",
      outages: { holdMs: () => 0 },
      reservationUsd: 0.5,
    });
    const attempt = async () => await runActivity(async () => await admit(message));
    await expect(attempt()).rejects.toThrow("Another attempt has planned the turn, or the turn has ended.");
    const admitted = await attempt();
    const { tenantId, conversationId } = seeded.scope;
    const stored = await db.select().from(turns).where(eq(turns.conversationId, conversationId));
    const { plan, reservedUsd } = expected;
    expect(stored).toMatchObject([{ state: "open", plan, reservedUsd }]);
    expect(admitted).toMatchObject({ kind: "turn", turnId: stored[0]?.id, plan, messages: 1 });
    const { rows } = await db.execute(
      sql`SELECT coalesce(sum(reserved_usd), 0)::float8 AS reserved FROM budget_use WHERE tenant_id = ${tenantId}`,
    );
    expect(rows).toEqual([{ reserved: reservedUsd }]);
  },
);
