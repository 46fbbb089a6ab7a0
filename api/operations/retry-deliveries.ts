import {
  bringPartsForward,
  findWaitingPartIds,
  type WaitingFilter,
} from "../../db/delivery/bring-forward.ts";
import { type DeliveryRow, findDeliveryRows } from "../../db/delivery/list-deliveries.ts";
import type { Using } from "./operation-context.ts";

export interface RetryDeliveries {
  filter: WaitingFilter;
  limit: number;
  /** Nothing changes: the result shows what would be retried. */
  dryRun: boolean;
}

export interface RetriedDeliveries {
  dryRun: boolean;
  /** Fewer than the deliveries where some of them began in the meantime. */
  retried: number;
  /** The parts as they are after the call, the oldest first. */
  deliveries: DeliveryRow[];
}

/**
 * Begins the next attempt of reply parts that wait after a failure, for operators who know that the vendor works again. The attempts are
 * spread over seconds, and a Retry-After of the vendor is kept.
 */
export async function retryDeliveries(
  { db }: Using<"db">,
  { filter, limit, dryRun }: RetryDeliveries,
): Promise<RetriedDeliveries> {
  const ids = await findWaitingPartIds(db, filter, limit);
  const retried = dryRun ? 0 : await bringPartsForward(db, ids);
  return { dryRun, retried, deliveries: await findDeliveryRows(db, filter.tenantId, ids) };
}
