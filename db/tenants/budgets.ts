import { type SQL, sql } from "drizzle-orm";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { budgets, budgetShares, budgetSlots } from "../schema/tenants.ts";
import { PLANNED_BEFORE } from "../turns/turn-plan.ts";

/*
 * A budget of a day is a tenant's, or a share of it for anonymous visitors. Its money is in up to 16 slots, and a turn uses the slot of its id:
 * with one row, each turn of a tenant would wait for the commits of the others, two of them for each message.
 *
 * A slot is granted a part of the budget, and is used up to that without a look at the other slots. All grants together are less than the
 * level of the alert, and after the alert at most the limit. A turn that its slot has no room for asks for more. These turns go one after
 * the other, under an advisory lock. Near the level and near the limit the grants that are not used are taken back, and every turn asks. So
 * concurrent turns never reserve more than the limit, and no turn is refused while the budget has room for it.
 *
 * Locks, in this order: turn, network's share, visitors' share, tenant; of each one the advisory lock before the slots. A settlement locks
 * no slot before it has all its other locks.
 */

/** The reservation of a planned answer. */
export interface Reservation {
  /** `no_budget`: the turn is answered by the tiers that cost nothing. `visitor_limit`: a share is used up, and nothing was written. */
  verdict: "reserved" | "no_budget" | "visitor_limit";
  /** False where no budget of the turn can have reached the level of its alert. */
  mayAlert: boolean;
}

interface PlannedRow extends Record<string, unknown> {
  verdict: Reservation["verdict"] | null;
  mayAlert: boolean;
}

/**
 * Plans that a turn is answered, and reserves money for it before anything is spent. Concurrent turns together exceed the day's budget only by
 * what a turn costs above its reservation. The cost belongs to the day of the reservation, also where it is settled after midnight. Throws
 * where the turn has a plan or has ended.
 */
export async function planAnswer(
  db: Queryable,
  { turnId, usd }: { turnId: string; usd: number },
): Promise<Reservation> {
  const { rows } = await db.execute<PlannedRow>(
    sql`SELECT verdict, may_alert AS "mayAlert" FROM plan_answer(${turnId}::uuid, ${usd}::numeric)`,
  );
  const { verdict = null, mayAlert = false } = rows[0] ?? {};
  if (verdict === null) throw new Error(PLANNED_BEFORE);
  return { verdict, mayAlert };
}

/**
 * Replaces the reservations of a turn by its real cost, also those in the shares of its visitor. A second call finds no reservation. The
 * last thing in a transaction that locks anything.
 */
export async function settleBudget(
  db: Queryable,
  { turnId, spentUsd }: { turnId: string; spentUsd: number | SQL },
): Promise<void> {
  await db.execute(sql`SELECT settle_budget(${turnId}::uuid, ${spentUsd}::numeric)`);
}

/** The embeddings of documents: a sum of its own for each day, which limits nothing. A large ingestion must not end the answers of the day. */
const EMBEDDINGS = "embeddings";

/** Counts the cost of embeddings that no turn has caused: documents and new indexes. The slot is any: all of them together are the sum. */
export async function bookEmbeddings(
  db: Queryable,
  { tenantId, usd }: { tenantId: string; usd: number },
): Promise<void> {
  if (usd === 0) return;
  await db.execute(sql`
    INSERT INTO ${budgetSlots} AS s (day, tenant_id, scope, slot, spent_usd)
    VALUES (${UTC_TODAY}, ${tenantId}, ${EMBEDDINGS}, budget_slot(gen_random_uuid(), ${EMBEDDINGS}), ${usd}::numeric)
    ON CONFLICT (day, tenant_id, scope, slot) DO UPDATE SET spent_usd = s.spent_usd + EXCLUDED.spent_usd`);
}

/** Turns of the last days may still be settled. */
const FOLDED_AFTER_DAYS = 2;
/** Shares are of interest while a report of a flood is written. */
const SHARES_KEPT_DAYS = 30;

/** Folds the slots of past days into one row for each budget and day. Returns the number of slots. */
export async function foldBudgets(db: Queryable, limit: number): Promise<number> {
  const { rows } = await db.execute<{ folded: number }>(sql`
    WITH deleted AS (
      DELETE FROM ${budgetSlots} AS s WHERE s.ctid = ANY (ARRAY (
        SELECT ctid FROM ${budgetSlots} WHERE day < ${UTC_TODAY} - ${FOLDED_AFTER_DAYS}::int
        ORDER BY day, tenant_id, scope, slot LIMIT ${limit} FOR UPDATE SKIP LOCKED))
      RETURNING s.day, s.tenant_id, s.scope, s.reserved_usd, s.spent_usd
    ), folded AS (
      INSERT INTO ${budgets} AS b (tenant_id, day, reserved_usd, spent_usd)
      SELECT tenant_id, day, sum(reserved_usd), sum(spent_usd) FROM deleted WHERE scope = '' GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (tenant_id, day) DO UPDATE
      SET reserved_usd = b.reserved_usd + EXCLUDED.reserved_usd, spent_usd = b.spent_usd + EXCLUDED.spent_usd
    ), folded_shares AS (
      INSERT INTO ${budgetShares} AS b (tenant_id, day, scope, reserved_usd, spent_usd)
      SELECT tenant_id, day, scope, sum(reserved_usd), sum(spent_usd) FROM deleted WHERE scope <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      ON CONFLICT (tenant_id, day, scope) DO UPDATE
      SET reserved_usd = b.reserved_usd + EXCLUDED.reserved_usd, spent_usd = b.spent_usd + EXCLUDED.spent_usd
    )
    SELECT count(*)::int AS folded FROM deleted`);
  return rows[0]?.folded ?? 0;
}

/** Deletes the alerts and sums of visitors' shares of past days. Returns the number of rows. */
export async function deleteOldShares(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    DELETE FROM ${budgetShares} WHERE ctid = ANY (ARRAY (
      SELECT old.ctid FROM tenants AS t CROSS JOIN LATERAL (
        SELECT o.ctid FROM ${budgetShares} AS o
        WHERE o.tenant_id = t.id AND o.day < ${UTC_TODAY} - ${SHARES_KEPT_DAYS}::int
        ORDER BY o.day LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) AS old LIMIT ${limit}))`);
  return rowCount ?? 0;
}
