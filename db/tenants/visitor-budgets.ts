import { and, eq, isNull, sql } from "drizzle-orm";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { conversations } from "../schema/conversations.ts";
import { budgetShares, budgets, budgetUse, tenants } from "../schema/tenants.ts";
import { turns } from "../schema/turns.ts";

/*
 * A stranger can open a web chat without a name, so anonymous visitors together may spend only a share of a tenant's daily budget, and the
 * visitors of one network a smaller one. The rest is left for the contacts of all other channels and for identified visitors.
 */

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

export interface BudgetAlert {
  /** `tenant`, or the name of a visitors' share without its network. */
  scope: "tenant" | "visitors" | "network";
  usedUsd: number;
  limitUsd: number;
}

type TurnOfBudgets = Record<"tenantId" | "turnId" | "conversationId", string>;

/**
 * Emits an event for each budget of this turn that has reached the level of its alert, once a day. Returns them for the log. Call it after
 * the commit of the reservation: near the level every turn of the tenant waits for its lock.
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
  /** Of `budget_use`. */
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
      UNION ALL
      SELECT 'tenant', '', budget FROM turn
    ), uses AS (
      -- Without LIMIT the planner would sum up all days first.
      SELECT l.kind, l.scope, s.* FROM turn AS t CROSS JOIN limits AS l CROSS JOIN LATERAL (
        SELECT b.day, b.reserved_usd + b.spent_usd AS used, l.budget, b.alerted_at
        FROM ${budgetUse} AS b WHERE b.tenant_id = t.tenant_id AND b.day = t.day AND b.scope = l.scope LIMIT 1
      ) AS s
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
  const alertedAt = sql`now()`;
  const { rowCount } =
    kind === "tenant"
      ? await tx
          .insert(budgets)
          .values({ tenantId, day, alertedAt })
          .onConflictDoUpdate({
            target: [budgets.tenantId, budgets.day],
            set: { alertedAt },
            setWhere: isNull(budgets.alertedAt),
          })
      : await tx
          .insert(budgetShares)
          .values({ tenantId, day, scope, alertedAt })
          .onConflictDoUpdate({
            target: [budgetShares.tenantId, budgetShares.day, budgetShares.scope],
            set: { alertedAt },
            setWhere: isNull(budgetShares.alertedAt),
          });
  return rowCount === 1;
}
