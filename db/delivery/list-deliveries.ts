import { and, asc, eq, inArray, isNotNull, ne, sql } from "drizzle-orm";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deliveries, receipts } from "../schema/deliveries.ts";

/** A part without its text. */
export type DeliveryRow = Omit<typeof deliveries.$inferSelect, "body">;
export type ReceiptRow = typeof receipts.$inferSelect;

export function toDeliveryRow({ body: _sealed, ...row }: typeof deliveries.$inferSelect): DeliveryRow {
  return row;
}

/** Parts that did not arrive: refused by the vendor, unknown, or reported as failed later. */
export const TROUBLES = ["refused", "unknown", "failed"] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Parts that did not arrive, the last change first. */
export async function listTroubledDeliveries(
  db: Queryable,
  { tenantId, trouble }: { tenantId: string; trouble: Trouble | undefined },
  page: PageRequest,
): Promise<Page<DeliveryRow>> {
  const order = { createdAt: deliveries.troubledAt, id: deliveries.id };
  const rows = await db
    .select({ row: deliveries, id: deliveries.id, at: toMicros(deliveries.troubledAt) })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.tenantId, tenantId),
        isNotNull(deliveries.trouble),
        trouble === undefined ? undefined : eq(deliveries.trouble, trouble),
        keysetBefore(order, page),
      ),
    )
    .orderBy(sql`${deliveries.troubledAt} DESC`, sql`${deliveries.id} DESC`)
    .limit(page.limit + 1);
  const { rows: pageRows, next } = toPage(rows, page);
  return { rows: pageRows.map(({ row }) => toDeliveryRow(row)), next };
}

export async function findDeliveryRow(
  db: Queryable,
  { tenantId, deliveryId }: { tenantId: string; deliveryId: string },
): Promise<DeliveryRow | null> {
  const [row] = await db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.tenantId, tenantId), eq(deliveries.id, deliveryId)));
  return row === undefined ? null : toDeliveryRow(row);
}

/** In the order of the ids. */
export async function findDeliveryRows(
  db: Queryable,
  tenantId: string,
  ids: readonly string[],
): Promise<DeliveryRow[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.tenantId, tenantId), inArray(deliveries.id, [...ids])));
  const byId = new Map(rows.map((row) => [row.id, toDeliveryRow(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export async function listTurnDeliveries(db: Queryable, turnId: string): Promise<DeliveryRow[]> {
  const rows = await db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, turnId))
    .orderBy(asc(deliveries.part));
  return rows.map(toDeliveryRow);
}

/** Which of these vendor ids belong to other parts of the tenant. */
export async function findOtherParts(
  db: Queryable,
  { id, tenantId }: { id: string; tenantId: string },
  providerIds: readonly string[],
): Promise<Set<string>> {
  if (providerIds.length === 0) return new Set();
  const rows = await db
    .select({ providerId: deliveries.providerId })
    .from(deliveries)
    .where(
      and(
        inArray(deliveries.providerId, [...providerIds]),
        eq(deliveries.tenantId, tenantId),
        ne(deliveries.id, id),
      ),
    );
  return new Set(rows.flatMap(({ providerId }) => providerId ?? []));
}

/** Every receipt of a part, unchanged. */
export async function listDeliveryReceipts(db: Queryable, delivery: DeliveryRow): Promise<ReceiptRow[]> {
  if (delivery.providerId === null) return [];
  const { rows } = await db.execute<{ channel: string; account_id: string }>(
    sql`SELECT channel, account_id FROM conversations WHERE id = ${delivery.conversationId}`,
  );
  const [account] = rows;
  if (account === undefined) return [];
  return await db
    .select()
    .from(receipts)
    .where(
      and(
        eq(receipts.channel, account.channel),
        eq(receipts.accountId, account.account_id),
        eq(receipts.providerId, delivery.providerId),
        eq(receipts.tenantId, delivery.tenantId),
      ),
    )
    .orderBy(receipts.receivedAt);
}
