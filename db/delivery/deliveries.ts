import { asc, count, eq, getTableColumns, type SQLWrapper, sql, TransactionRollbackError } from "drizzle-orm";
import { insertSettlement, selectReservation } from "../tenants/budgets.ts";
import { appendOutboundLine } from "../conversations/append-line.ts";
import { selectCostOfTurn } from "../turns/model-responses.ts";
import { derivePartId } from "../connection/new-id.ts";
import { COMMIT_ASYNCHRONOUSLY } from "../connection/commit-asynchronously.ts";
import { KeyChanged, requireSameKey } from "../contacts/data-keys.ts";
import { newVersion } from "../turns/turn-version.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

/*
 * One row per part of a reply, written before any send. The states and their moves are in db/transitions/delivery-moves.ts.
 *
 * A part that is `sending` while no process works on it has lost its response: the channel's delivery class decides what follows. All
 * waits use the database's clock, because the clock of a worker may be minutes off.
 */

export type Delivery = Omit<typeof deliveries.$inferSelect, "body"> & {
  text: string;
  /** Time since the last change, at the time of the read. */
  unchangedMs: number;
  /** Wait until the next attempt, at the time of the read. Not above 0 where the attempt may begin. */
  dueInMs: number;
  /** Time since the first attempt began, at the time of the read. */
  triedForMs: number;
  /** Time since the last attempt began, at the time of the read. */
  sinceAttemptMs: number;
};

export interface ReplyToRecord {
  parts: readonly string[];
  tier: string;
  reason: string | null;
  model: string | null;
}

/**
 * Transcript, delivery rows, version stamp and cost of a reply in one transaction. A second call changes nothing. Null where the turn has
 * another version or other parts, or the contact another key: then the reply does not belong to it.
 */
export async function recordReply(
  db: Queryable,
  vault: Vault,
  { scope, version }: { scope: TurnScope; version: number },
  reply: ReplyToRecord,
): Promise<{ parts: number } | null> {
  const recorded = { parts: reply.parts.length };
  return await db
    .transaction(async (tx) => {
      const rows = reply.parts.map((text, part) => buildDeliveryRow(vault, scope, { text, part }));
      const inserted = await tx
        .insert(deliveries)
        .values(rows)
        .onConflictDoNothing()
        .returning({ id: deliveries.id });
      if (inserted.length === 0) return recorded;
      // Another attempt has recorded other parts, by other limits. The contact must not get some of each.
      if (inserted.length < rows.length) return tx.rollback();
      const { turnId } = scope;
      await appendOutboundLine(tx, vault, scope, { turnId, text: reply.parts.join("\n") });
      await requireSameKey(tx, scope);
      if (!(await stampTurn(tx, { turnId, version }, reply))) return tx.rollback();
      return recorded;
    })
    .catch(nullIfChanged);
}

function nullIfChanged(error: unknown): null {
  if (error instanceof TransactionRollbackError || error instanceof KeyChanged) return null;
  throw error;
}

/**
 * Version stamp and cost of the turn, and the end of its reservation, in one statement. The last of its transaction: the slot of the budget
 * is locked only until the commit, which does not wait for the disk. False where another attempt has changed the turn.
 */
async function stampTurn(
  tx: Queryable,
  { turnId, version }: { turnId: string; version: number },
  { tier, reason, model }: ReplyToRecord,
): Promise<boolean> {
  // The UPDATE reads `settled`, so the reservation is read before it is cleared.
  const { rowCount } = await tx.execute(sql`
    WITH paid AS (SELECT ${selectCostOfTurn(turnId)} AS usd), reservation AS (${selectReservation(turnId)}), settled AS (
      ${insertSettlement(sql`(SELECT usd FROM paid)`)} RETURNING 1
    )
    UPDATE ${turns} SET tier = ${tier}, reason = ${reason}, model = ${model}, cost_usd = paid.usd, reserved_usd = 0,
      version = ${newVersion()}
    FROM paid, (SELECT count(*) AS slots FROM settled) AS done
    WHERE ${turns.id} = ${turnId} AND ${turns.version} = ${version} AND done.slots >= 0
    RETURNING ${COMMIT_ASYNCHRONOUSLY}`);
  return rowCount === 1;
}

/**
 * A new part, not sent yet. Its id is the key by which a vendor drops a second send. So a part that a standby has lost after its send, and that
 * is recorded again, is not delivered twice.
 */
export function buildDeliveryRow(
  vault: Vault,
  scope: Pick<TurnScope, "tenantId" | "conversationId" | "turnId" | "contactId" | "dataKey">,
  { text, part }: { text: string; part: number },
) {
  const { tenantId, conversationId, turnId } = scope;
  return {
    id: derivePartId(turnId, part),
    tenantId,
    conversationId,
    turnId,
    part,
    body: vault.seal(scope, `delivery:${turnId}:${part}`, text),
  };
}

export async function countTurnParts(db: Queryable, turnId: string): Promise<number> {
  const [row] = await db.select({ parts: count() }).from(deliveries).where(eq(deliveries.turnId, turnId));
  return row?.parts ?? 0;
}

export async function findTurnDeliveries(db: Queryable, vault: Vault, scope: TurnScope): Promise<Delivery[]> {
  const rows = await db
    .select(selectDelivery())
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(asc(deliveries.part));
  return rows.map((row) => openDelivery(vault, scope, row));
}

/** The columns of a part, with its ages. */
export function selectDelivery() {
  const { updatedAt, nextAttemptAt, firstAttemptAt, attemptedAt } = deliveries;
  return {
    ...getTableColumns(deliveries),
    unchangedMs: msSince(updatedAt),
    dueInMs: sql<number>`coalesce(-${msSince(nextAttemptAt)}, 0)`,
    triedForMs: msSince(sql`coalesce(${firstAttemptAt}, ${updatedAt})`),
    sinceAttemptMs: msSince(sql`coalesce(${attemptedAt}, ${firstAttemptAt}, ${updatedAt})`),
  };
}

type StoredDelivery = Omit<Delivery, "text"> & { body: Buffer };

export function openDelivery(vault: Vault, owner: KeyOwner, row: StoredDelivery): Delivery {
  const { body: _sealed, ...rest } = row;
  return { ...rest, text: openDeliveryText(vault, owner, row) };
}

function msSince(since: SQLWrapper) {
  return sql<number>`(extract(epoch FROM clock_timestamp() - ${since})::float8 * 1000)`;
}

/** The text of one part. */
export function openDeliveryText(
  vault: Vault,
  owner: KeyOwner,
  { turnId, part, body }: typeof deliveries.$inferSelect,
): string {
  return vault.open(owner, `delivery:${turnId}:${part}`, body);
}

/** The vendor accepted the part and could not deliver it. The part stays accepted, with the class of the failure. */
export async function recordLateFailure(
  db: Queryable,
  { id }: { id: string },
  refusal: string,
): Promise<void> {
  await db
    .update(deliveries)
    .set({ refusal, updatedAt: sql`clock_timestamp()` })
    .where(eq(deliveries.id, id));
}
