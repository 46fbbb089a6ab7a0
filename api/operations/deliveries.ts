import {
  type DeliveryRow,
  findDeliveryRow,
  listDeliveryReceipts,
  listTroubledDeliveries as selectTroubledDeliveries,
  type ReceiptRow,
  type Trouble,
} from "../../db/delivery/list-deliveries.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { requireFound } from "./operation-error.ts";

/** Reply parts that did not arrive. The part that changed last comes first. */
export async function listTroubledDeliveries(
  { db }: Using<"db">,
  { page, ...filter }: { tenantId: string; trouble: Trouble | undefined; page: PageRequest },
): Promise<Page<DeliveryRow>> {
  return await selectTroubledDeliveries(db, filter, page);
}

export interface DeliveryWithReceipts {
  delivery: DeliveryRow;
  receipts: ReceiptRow[];
}

export async function getDelivery(
  { db }: Using<"db">,
  { tenantId, id: deliveryId }: OwnedId,
): Promise<DeliveryWithReceipts> {
  const delivery = requireFound("delivery", await findDeliveryRow(db, { tenantId, deliveryId }));
  return { delivery, receipts: await listDeliveryReceipts(db, delivery) };
}
