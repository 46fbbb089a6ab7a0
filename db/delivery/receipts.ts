import { and, eq, isNull, lt, sql } from "drizzle-orm";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { type UpdatedDelivery, updateDeliveriesAndEmit, withChangeAndEvents } from "./reply-events.ts";
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
  /** `accepted`: only our id counts, and no state is stored. */
  state: "accepted" | "sent" | "delivered" | "read" | "failed";
  code: string | null;
  /** Our id of the part, where the vendor returns it. */
  deliveryId?: string;
  providerTime: Date | null;
}

const RANKS = sql.raw(
  `(VALUES ${RECEIPT_RANKS.map(({ state, rank }) => `('${state}', ${rank})`).join(", ")}) AS ranks (state, rank)`,
);
/** The rank of a part's present state. */
const RANK = sql`(SELECT rank FROM ${RANKS} WHERE ranks.state = coalesce(d.receipt, 'none'))`;

/**
 * Stores a receipt and applies it to its part, if the part is known yet. Returns the part when this receipt made it `failed`.
 */
export async function storeReceipt(db: Queryable, receipt: NewReceipt): Promise<{ failed: string | null }> {
  const { deliveryId, state, ...row } = receipt;
  if (state !== "accepted")
    await db
      .insert(receipts)
      .values({ ...row, state })
      .onConflictDoNothing();
  // A known receipt is applied again, because the process that stored it may have crashed before this line.
  const applied =
    deliveryId === undefined
      ? await applyStored(db, receipt, receipt.providerId)
      : await db.transaction(async (tx) => {
          await acceptByReceipt(tx, receipt, deliveryId);
          return await applyStored(tx, receipt, receipt.providerId);
        });
  const updated = applied.isPartKnown ? applied.updated : await applyAfterAcceptance(db, receipt);
  return { failed: updated?.state === "failed" ? updated.id : null };
}

/**
 * A part that is not known yet may be accepted right now by a transaction that did not see this receipt, which is committed. That transaction
 * has the lock until its end. One that takes the lock later sees the receipt. So a wait for the lock is enough, and the lock is not kept.
 */
async function applyAfterAcceptance(db: Queryable, receipt: NewReceipt): Promise<UpdatedDelivery | null> {
  const { channel, accountId, providerId } = receipt;
  await db.execute(sql`SELECT pg_advisory_xact_lock(receipt_lock(${channel}, ${accountId}, ${providerId}))`);
  return await applyReceipts(db, receipt, providerId);
}

/**
 * The vendor reports on a message with our own id, so it has accepted the part, even if its response was lost. The report is
 * ignored for a part that was never sent and for a part of another account.
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

/** Moves the part with this vendor id to the furthest state that was reported. Null where nothing changed. */
export async function applyReceipts(
  db: Queryable,
  key: ReceiptKey,
  providerId: string,
): Promise<UpdatedDelivery | null> {
  return (await applyStored(db, key, providerId)).updated;
}

/** `isPartKnown`: the part is accepted, so it has each receipt that was committed before. */
async function applyStored(
  db: Queryable,
  { tenantId, channel, accountId }: ReceiptKey,
  providerId: string,
): Promise<{ updated: UpdatedDelivery | null; isPartKnown: boolean }> {
  const isPart = sql`d.provider_id = ${providerId} AND d.tenant_id = ${tenantId} AND d.state = 'accepted'
    AND c.id = d.conversation_id AND c.channel = ${channel} AND c.account_id = ${accountId}`;
  const change = sql`
    UPDATE deliveries d SET receipt = furthest.state, receipt_code = furthest.code, updated_at = clock_timestamp()
    FROM conversations c, (
      SELECT r.state, r.code, ranks.rank FROM receipts r JOIN ${RANKS} USING (state)
      WHERE r.tenant_id = ${tenantId} AND r.channel = ${channel} AND r.account_id = ${accountId}
        AND r.provider_id = ${providerId}
      ORDER BY ranks.rank DESC LIMIT 1
    ) AS furthest
    WHERE ${isPart} AND furthest.rank > ${RANK}
    RETURNING d.*`;
  const { rows } = await db.execute<AppliedRow>(sql`
    ${withChangeAndEvents(change, RECEIPT)}
    SELECT (SELECT to_jsonb(news) FROM news LIMIT 1) AS updated,
      EXISTS (SELECT FROM deliveries d, conversations c WHERE ${isPart}) AS "isPartKnown"`);
  return rows[0] ?? { updated: null, isPartKnown: false };
}

interface AppliedRow extends Record<string, unknown> {
  updated: UpdatedDelivery | null;
  isPartKnown: boolean;
}

/** The fields of the event for a changed receipt. */
const RECEIPT = { state: "receipt", code: "receipt_code" } as const;

/**
 * Some vendors report in one receipt that everything before a time was delivered or read. By the vendor's clock it may have
 * had a part before we knew: at the earliest when the send began, and we wait a few seconds for its response.
 */
export async function applyWatermark(
  db: Queryable,
  conversation: { conversationId: string },
  { state, through }: { state: "delivered" | "read"; through: Date },
): Promise<number> {
  const change = sql`
    UPDATE deliveries d SET receipt = ${state}, updated_at = clock_timestamp()
    WHERE d.id IN (
        SELECT o.id FROM deliveries o WHERE o.conversation_id = ${conversation.conversationId} AND o.is_unread
          AND greatest(o.first_attempt_at, o.accepted_at - interval '5 seconds') <= ${through}
        ORDER BY o.id FOR UPDATE)
      AND (SELECT rank FROM ${RANKS} WHERE ranks.state = ${state}) > ${RANK}
    RETURNING d.*`;
  return (await updateDeliveriesAndEmit(db, change, RECEIPT)).length;
}

export async function findDelivery(db: Queryable, id: string) {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id));
  return row ?? null;
}

/** Parts with a late failure that is not repaired, because the start of their workflow was lost. */
export async function findUnrepairedFailures(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<(Cursor & { tenantId: string })[]> {
  return await db
    .select({ id: deliveries.id, tenantId: deliveries.tenantId, at: toMicros(deliveries.troubledAt) })
    .from(deliveries)
    .where(
      and(
        // A literal, as in the index.
        sql`${deliveries.trouble} = 'failed'`,
        isNull(deliveries.refusal),
        lt(deliveries.troubledAt, sql`now() - make_interval(secs => ${olderThanMs / 1000})`),
        keysetAfter({ timestamp: deliveries.troubledAt, id: deliveries.id }, keysetBefore),
      ),
    )
    .orderBy(deliveries.troubledAt, deliveries.id)
    .limit(limit);
}
