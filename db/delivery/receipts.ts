import { and, eq, isNull, lt, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { type UpdatedDelivery, updateDeliveriesAndEmit } from "./reply-events.ts";
import { deliveries, receipts } from "../schema/deliveries.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove, newState } from "../transitions/move.ts";
import { RECEIPT_RANKS } from "../transitions/receipt-moves.ts";

/*
 * Receipts of a part. Vendors send them in any order, twice, and before our own commit. Every receipt is stored unchanged. The part gets
 * the furthest state among them, so it never moves back: see db/transitions/receipt-moves.ts.
 */

export interface ReceiptKey {
  tenantId: string;
  channel: string;
  accountId: string;
}

export interface NewReceipt extends ReceiptKey {
  providerId: string;
  state: "sent" | "delivered" | "read" | "failed";
  code: string | null;
  /** Our own id of the part, where the vendor gives it back. */
  deliveryId?: string;
  providerTime: Date | null;
}

const RANKS = sql.raw(
  `(VALUES ${RECEIPT_RANKS.map(({ state, rank }) => `('${state}', ${rank})`).join(", ")}) AS ranks (state, rank)`,
);
/** The rank of a part's present state. */
const RANK = sql`(SELECT rank FROM ${RANKS} WHERE ranks.state = coalesce(d.receipt, 'none'))`;

/** Keeps a receipt and moves its part, if that is known yet. Gives the part when this receipt made it `failed`. */
export async function storeReceipt(db: Queryable, receipt: NewReceipt): Promise<{ failed: string | null }> {
  const { deliveryId, ...row } = receipt;
  await db.insert(receipts).values(row).onConflictDoNothing();
  // Each side commits its own row before it looks for the other's: so one of the two sees both. Looked for again where the receipt
  // was known: whoever kept it may have died before this line.
  const updated = await db.transaction(async (tx) => {
    if (deliveryId !== undefined) await acceptByReceipt(tx, receipt, deliveryId);
    return await applyReceipts(tx, receipt, receipt.providerId);
  });
  return { failed: updated?.state === "failed" ? updated.id : null };
}

/**
 * The vendor reports on a message that carried our own id: it has taken the part, whatever became of its answer. Not believed of a
 * part that was never sent, nor of one of another account.
 */
async function acceptByReceipt(
  db: Queryable,
  { tenantId, channel, accountId, providerId }: NewReceipt,
  deliveryId: string,
): Promise<void> {
  const change = sql`
    UPDATE deliveries d SET state = ${newState(DELIVERY_MOVES.confirm)}, provider_id = ${providerId}, refusal = NULL, code = NULL, next_attempt_at = NULL,
      accepted_at = clock_timestamp(), updated_at = clock_timestamp()
    FROM conversations c
    WHERE d.id = ${deliveryId} AND d.tenant_id = ${tenantId} AND d.attempt > 0
      AND ${mayMove(sql`d.state`, DELIVERY_MOVES.confirm)}
      AND c.id = d.conversation_id AND c.channel = ${channel} AND c.account_id = ${accountId}
    RETURNING d.*`;
  await updateDeliveriesAndEmit(db, change, { state: "state", code: "code" });
}

/** Moves the part with this id at the vendor to the furthest state that was reported; null where nothing moved. */
export async function applyReceipts(
  db: Queryable,
  { tenantId, channel, accountId }: ReceiptKey,
  providerId: string,
): Promise<UpdatedDelivery | null> {
  const change = sql`
    UPDATE deliveries d SET receipt = furthest.state, receipt_code = furthest.code, updated_at = clock_timestamp()
    FROM conversations c, (
      SELECT r.state, r.code, ranks.rank FROM receipts r JOIN ${RANKS} USING (state)
      WHERE r.tenant_id = ${tenantId} AND r.channel = ${channel} AND r.account_id = ${accountId}
        AND r.provider_id = ${providerId}
      ORDER BY ranks.rank DESC LIMIT 1
    ) AS furthest
    WHERE d.provider_id = ${providerId} AND d.tenant_id = ${tenantId} AND d.state = 'accepted'
      AND c.id = d.conversation_id AND c.channel = ${channel} AND c.account_id = ${accountId}
      AND furthest.rank > ${RANK}
    RETURNING d.*`;
  const [updated] = await updateDeliveriesAndEmit(db, change, RECEIPT);
  return updated ?? null;
}

/** What is told of a part whose receipt moved. */
const RECEIPT = { state: "receipt", code: "receipt_code" } as const;

/**
 * Everything that the vendor had for this person up to a moment is delivered or read: some vendors say it in one receipt. By its
 * clock it had a part before we knew: at the earliest when the send began, and we wait for its answer for a few seconds.
 */
export async function applyWatermark(
  db: Queryable,
  conversation: { conversationId: string },
  { state, through }: { state: "delivered" | "read"; through: Date },
): Promise<number> {
  const change = sql`
    UPDATE deliveries d SET receipt = ${state}, updated_at = clock_timestamp()
    WHERE d.conversation_id = ${conversation.conversationId} AND d.state = 'accepted'
      AND greatest(d.first_attempt_at, d.accepted_at - interval '5 seconds') <= ${through}
      AND (SELECT rank FROM ${RANKS} WHERE ranks.state = ${state}) > ${RANK}
    RETURNING d.*`;
  return (await updateDeliveriesAndEmit(db, change, RECEIPT)).length;
}

export async function findDelivery(db: Queryable, id: string) {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id));
  return row ?? null;
}

/** Parts whose late failure nobody has looked at: the start of their workflow was lost. */
export async function findUnrepairedFailures(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<(Cursor & { tenantId: string })[]> {
  return await db
    .select({ id: deliveries.id, tenantId: deliveries.tenantId, at: toMicros(deliveries.updatedAt) })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.receipt, "failed"),
        isNull(deliveries.refusal),
        lt(deliveries.updatedAt, sql`now() - make_interval(secs => ${olderThanMs / 1000})`),
        keysetAfter({ timestamp: deliveries.updatedAt, id: deliveries.id }, keysetBefore),
      ),
    )
    .orderBy(deliveries.updatedAt, deliveries.id)
    .limit(limit);
}
