import { type DeliveryRow, listTurnDeliveries } from "../../db/delivery/list-deliveries.ts";
import { findTurnRow, listTurns as selectTurns, type TurnRow } from "../../db/turns/list-turns.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import { getConversation } from "./conversations.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { requireFound } from "./operation-error.ts";

/** The turns of a conversation, newest first. */
export async function listTurns(
  context: Using<"db">,
  { page, ...key }: { tenantId: string; conversationId: string; page: PageRequest },
): Promise<Page<TurnRow>> {
  await getConversation(context, key);
  return await selectTurns(context.db, key, page);
}

export interface TurnWithDeliveries {
  turn: TurnRow;
  deliveries: DeliveryRow[];
}

export async function getTurn(
  { db }: Using<"db">,
  { tenantId, id: turnId }: OwnedId,
): Promise<TurnWithDeliveries> {
  const turn = requireFound("turn", await findTurnRow(db, { tenantId, turnId }));
  return { turn, deliveries: await listTurnDeliveries(db, turnId) };
}
