import { and, eq, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { conversations } from "../schema/conversations.ts";
import { budgetShares, tenants } from "../schema/tenants.ts";
import { turns } from "../schema/turns.ts";

/*
 * A stranger can open a web chat without a name, so anonymous visitors together may spend only a share of a tenant's daily budget, and the
 * visitors of one network a smaller one. The rest is left for the contacts of all other channels and for identified visitors.
 */

/** What a share belongs to, in `budget_shares.scope`. */
type Scope = `visitors:${string}` | `network:${string}`;

/** Marks a conversation as one of an anonymous visitor. `network` is a keyed hash. */
export async function setVisitorNetwork(
  db: Queryable,
  conversationId: string,
  network: string,
): Promise<void> {
  await db
    .update(conversations)
    .set({ visitorNetwork: network })
    .where(
      and(
        eq(conversations.id, conversationId),
        sql`${conversations.visitorNetwork} IS DISTINCT FROM ${network}`,
      ),
    );
}

/**
 * Reserves the money of a turn in the shares of its visitor. True for a turn of any other contact. False where a share is used up; then
 * nothing is reserved. Call it in the transaction that stores the plan.
 */
export async function reserveVisitorShares(
  tx: Queryable,
  { turnId, usd }: { turnId: string; usd: number },
): Promise<boolean> {
  const [found] = await tx
    .select({
      tenantId: turns.tenantId,
      accountId: conversations.accountId,
      network: conversations.visitorNetwork,
      budget: tenants.dailyBudgetUsd,
      visitorShare: tenants.visitorBudgetShare,
      networkShare: tenants.networkBudgetShare,
    })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(tenants, eq(tenants.id, turns.tenantId))
    .where(eq(turns.id, turnId));
  if (found === undefined || found.network === null) return true;
  // In the order in which `settleVisitorShares` locks them: in two orders two turns could wait for each other.
  const limits: [Scope, number][] = [
    [`network:${found.network}`, found.budget * found.networkShare],
    [`visitors:${found.accountId}`, found.budget * found.visitorShare],
  ];
  return await tx
    .transaction(async (inner) => {
      for (const [scope, limit] of limits)
        if (!(await reserveShare(inner, { tenantId: found.tenantId, scope, usd, limit })))
          throw new ShareUsed();
      await inner.update(turns).set({ visitorNetwork: found.network }).where(eq(turns.id, turnId));
      return true;
    })
    .catch((error: unknown) => {
      if (error instanceof ShareUsed) return false;
      throw error;
    });
}

class ShareUsed extends Error {
  override readonly name = "ShareUsed";
}

async function reserveShare(
  tx: Queryable,
  { tenantId, scope, usd, limit }: { tenantId: string; scope: Scope; usd: number; limit: number },
): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`
    INSERT INTO ${budgetShares} AS s (tenant_id, day, scope, reserved_usd)
    SELECT ${tenantId}, (now() AT TIME ZONE 'UTC')::date, ${scope}, ${usd} WHERE ${limit}::numeric >= ${usd}
    ON CONFLICT (tenant_id, day, scope) DO UPDATE SET reserved_usd = s.reserved_usd + ${usd}
      WHERE s.reserved_usd + s.spent_usd + ${usd} <= ${limit}::numeric`);
  return rowCount === 1;
}

/** The end of a turn's reservation. Call it before the reservation of the turn is cleared. */
export async function settleVisitorShares(
  tx: Queryable,
  { turnId, spentUsd }: { turnId: string; spentUsd: number },
): Promise<void> {
  // An UPDATE alone would lock the rows in the order of its plan.
  await tx.execute(sql`
    WITH locked AS MATERIALIZED (
      SELECT s.tenant_id, s.day, s.scope, t.reserved_usd AS reservation
      FROM ${turns} AS t JOIN ${conversations} AS c ON c.id = t.conversation_id JOIN ${budgetShares} AS s
        ON s.tenant_id = t.tenant_id AND s.day = t.reserved_on
          AND s.scope IN ('network:' || t.visitor_network, 'visitors:' || c.account_id)
      WHERE t.id = ${turnId} AND t.visitor_network IS NOT NULL AND t.reserved_usd > 0
      ORDER BY s.scope FOR UPDATE OF s
    )
    UPDATE ${budgetShares} AS s
    SET reserved_usd = greatest(0, s.reserved_usd - locked.reservation), spent_usd = s.spent_usd + ${spentUsd}
    FROM locked WHERE s.tenant_id = locked.tenant_id AND s.day = locked.day AND s.scope = locked.scope`);
}

export interface BudgetAlert {
  /** `tenant`, or the name of a visitors' share without its network. */
  scope: "tenant" | "visitors" | "network";
  usedUsd: number;
  limitUsd: number;
}

/** Emits an event for each budget that has reached the level of its alert, once a day. Returns them for the log. */
export async function emitBudgetAlerts(
  tx: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<BudgetAlert[]> {
  const { rows } = await tx.execute<{ scope: BudgetAlert["scope"]; used: string; limit: string }>(sql`
    WITH levels AS (
      SELECT daily_budget_usd AS budget, budget_alert_share AS level, visitor_budget_share AS visitors,
        network_budget_share AS network FROM ${tenants} WHERE id = ${tenantId}
    ), whole AS (
      UPDATE budgets AS b SET alerted_at = now() FROM levels l
      WHERE b.tenant_id = ${tenantId} AND b.day = (now() AT TIME ZONE 'UTC')::date AND b.alerted_at IS NULL
        AND b.reserved_usd + b.spent_usd >= l.budget * l.level
      RETURNING 'tenant' AS scope, b.reserved_usd + b.spent_usd AS used, l.budget AS limit
    ), shares AS (
      UPDATE ${budgetShares} AS s SET alerted_at = now() FROM levels l
      WHERE s.tenant_id = ${tenantId} AND s.day = (now() AT TIME ZONE 'UTC')::date AND s.alerted_at IS NULL
        AND s.reserved_usd + s.spent_usd
          >= l.budget * l.level * CASE WHEN s.scope LIKE 'visitors:%' THEN l.visitors ELSE l.network END
      RETURNING split_part(s.scope, ':', 1) AS scope, s.reserved_usd + s.spent_usd AS used,
        l.budget * CASE WHEN s.scope LIKE 'visitors:%' THEN l.visitors ELSE l.network END AS limit
    )
    SELECT * FROM whole UNION ALL SELECT * FROM shares`);
  const reached = rows.map(({ scope, used, limit }) => ({
    scope,
    usedUsd: Number(used),
    limitUsd: Number(limit),
  }));
  for (const { scope, usedUsd, limitUsd } of reached) {
    const data = { scope, used_usd: usedUsd, limit_usd: limitUsd };
    await emitEvent(tx, { tenantId, type: "budget.alert", conversationId, data });
  }
  return reached;
}
