import { eq, sql } from "drizzle-orm";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { budgets, tenants } from "../schema/tenants.ts";
import { turns } from "../schema/turns.ts";
import { settleVisitorShares } from "./visitor-budgets.ts";

/**
 * Reserves money for a turn before anything is spent. Concurrent turns together exceed the day's budget by at most the reserved amount.
 * Returns false when the budget does not allow it, and releases what `reserveVisitorShares` has reserved. A turn with a reservation keeps
 * it, and its cost belongs to the day of the reservation, also where it is settled after midnight.
 */
export async function reserveBudget(
  db: Queryable,
  { tenantId, turnId, usd }: { tenantId: string; turnId: string; usd: number },
): Promise<boolean> {
  const marked = await db
    .update(turns)
    .set({ reservedUsd: usd, reservedOn: UTC_TODAY })
    .where(sql`${turns.id} = ${turnId} AND ${turns.reservedUsd} = 0`)
    .returning({ day: turns.reservedOn, visitorNetwork: turns.visitorNetwork });
  const [mark] = marked;
  if (mark === undefined) return true;
  const reserved = await db.execute(sql`
    INSERT INTO ${budgets} AS b (tenant_id, day, reserved_usd)
    SELECT id, ${mark.day}, ${usd} FROM ${tenants} WHERE id = ${tenantId} AND daily_budget_usd >= ${usd}
    ON CONFLICT (tenant_id, day) DO UPDATE SET reserved_usd = b.reserved_usd + ${usd}
      WHERE b.reserved_usd + b.spent_usd + ${usd}
        <= (SELECT daily_budget_usd FROM ${tenants} WHERE id = ${tenantId})`);
  if (reserved.rowCount === 1) return true;
  // The turn spends nothing, so it keeps nothing of the shares of its visitor either.
  if (mark.visitorNetwork !== null) await settleVisitorShares(db, { turnId, spentUsd: 0 });
  await db
    .update(turns)
    .set({ reservedUsd: 0, reservedOn: null, visitorNetwork: null })
    .where(eq(turns.id, turnId));
  return false;
}

interface Settlement {
  tenantId: string;
  turnId: string;
  /** Of the turn: null where no shares of visitors are reserved. */
  visitorNetwork: string | null;
  spentUsd: number;
}

/** Replaces a reservation by the real cost. The turn's row is the guard: a second call finds no reservation. */
export async function settleBudget(
  db: Queryable,
  { tenantId, turnId, visitorNetwork, spentUsd }: Settlement,
): Promise<void> {
  if (visitorNetwork !== null) await settleVisitorShares(db, { turnId, spentUsd });
  await db.execute(sql`
    WITH reservation AS (
      SELECT reserved_usd, reserved_on FROM ${turns} WHERE id = ${turnId} AND reserved_usd > 0 FOR UPDATE
    ), cleared AS (
      UPDATE ${turns} SET reserved_usd = 0 WHERE id = ${turnId} AND EXISTS (SELECT FROM reservation)
    )
    UPDATE ${budgets} AS b
    SET reserved_usd = greatest(0, b.reserved_usd - reservation.reserved_usd), spent_usd = b.spent_usd + ${spentUsd}
    FROM reservation WHERE b.tenant_id = ${tenantId} AND b.day = reservation.reserved_on`);
}
