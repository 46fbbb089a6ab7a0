import { and, eq, isNull, sql } from "drizzle-orm";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { conversations } from "../schema/conversations.ts";
import { budgetShares, budgets, tenants } from "../schema/tenants.ts";
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
    SELECT ${tenantId}, ${UTC_TODAY}, ${scope}, ${usd} WHERE ${limit}::numeric >= ${usd}
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

type TurnOfBudgets = Record<"tenantId" | "turnId" | "conversationId", string>;

/**
 * Emits an event for each budget of this turn that has reached the level of its alert, once a day. Returns them for the log. Call it after
 * the commit of the reservation: every turn of the tenant waits for the row of its budget.
 */
export async function emitBudgetAlerts(
  db: Queryable,
  { tenantId, turnId, conversationId }: TurnOfBudgets,
): Promise<BudgetAlert[]> {
  const emitted: BudgetAlert[] = [];
  for (const due of await findDueAlerts(db, turnId)) {
    const { kind: scope, used, limit } = due;
    const alert = { scope, usedUsd: Number(used), limitUsd: Number(limit) };
    const data = { scope, used_usd: alert.usedUsd, limit_usd: alert.limitUsd };
    const isFirst = await db.transaction(async (tx) => {
      if (!(await markAlerted(tx, tenantId, due))) return false;
      await emitEvent(tx, { tenantId, type: "budget.alert", conversationId, data });
      return true;
    });
    if (isFirst) emitted.push(alert);
  }
  return emitted;
}

interface DueAlert extends Record<string, unknown> {
  kind: BudgetAlert["scope"];
  /** Of `budget_shares`. */
  scope: string;
  day: string;
  used: string;
  limit: string;
}

/** Almost always none, and then nothing is locked. A turn without a network has no shares. */
async function findDueAlerts(db: Queryable, turnId: string): Promise<DueAlert[]> {
  const { rows } = await db.execute<DueAlert>(sql`
    WITH turn AS (
      SELECT t.tenant_id, t.visitor_network, c.account_id, coalesce(t.reserved_on, ${UTC_TODAY}) AS day,
        n.daily_budget_usd AS budget, n.budget_alert_share AS level, n.visitor_budget_share, n.network_budget_share
      FROM ${turns} AS t JOIN ${conversations} AS c ON c.id = t.conversation_id JOIN ${tenants} AS n ON n.id = t.tenant_id
      WHERE t.id = ${turnId}
    ), limits (kind, scope, budget) AS (
      SELECT 'network', 'network:' || visitor_network, budget * network_budget_share FROM turn WHERE visitor_network IS NOT NULL
      UNION ALL
      SELECT 'visitors', 'visitors:' || account_id, budget * visitor_budget_share FROM turn WHERE visitor_network IS NOT NULL
    ), uses AS (
      SELECT l.kind, l.scope, s.day, s.reserved_usd + s.spent_usd AS used, l.budget, s.alerted_at
      FROM turn AS t CROSS JOIN limits AS l JOIN ${budgetShares} AS s
        ON s.tenant_id = t.tenant_id AND s.day = t.day AND s.scope = l.scope
      UNION ALL
      SELECT 'tenant', '', b.day, b.reserved_usd + b.spent_usd, t.budget, b.alerted_at
      FROM turn AS t JOIN ${budgets} AS b ON b.tenant_id = t.tenant_id AND b.day = t.day
    )
    SELECT u.kind, u.scope, u.day::text AS day, u.used, u.budget AS limit FROM uses AS u CROSS JOIN turn AS t
    WHERE u.alerted_at IS NULL AND u.used >= u.budget * t.level`);
  return rows;
}

/** False where another turn has emitted the alert of the day. */
async function markAlerted(
  tx: Queryable,
  tenantId: string,
  { kind, scope, day }: DueAlert,
): Promise<boolean> {
  const [table, row] =
    kind === "tenant" ? [budgets, sql`true`] : [budgetShares, sql`${budgetShares.scope} = ${scope}`];
  const { rowCount } = await tx
    .update(table)
    .set({ alertedAt: sql`now()` })
    .where(and(eq(table.tenantId, tenantId), eq(table.day, day), isNull(table.alertedAt), row));
  return rowCount === 1;
}
