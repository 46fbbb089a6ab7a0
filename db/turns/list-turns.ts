import { and, eq, sql } from "drizzle-orm";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";

const columns = {
  id: turns.id,
  conversationId: turns.conversationId,
  workflowId: turns.workflowId,
  state: turns.state,
  plan: turns.plan,
  kind: turns.kind,
  origin: turns.origin,
  notice: turns.notice,
  silenceReason: turns.silenceReason,
  outcome: turns.outcome,
  tier: turns.tier,
  reason: turns.reason,
  model: turns.model,
  costUsd: turns.costUsd,
  restarts: turns.restarts,
  promptVersion: sql<string | null>`${turns.route} ->> 'promptVersion'`,
  indexVersion: sql<string | null>`${turns.route} ->> 'indexVersion'`,
  openedAt: turns.openedAt,
  closedAt: turns.closedAt,
};

/** A turn without its texts. */
export type TurnRow = {
  [
    Name in Exclude<keyof typeof columns, "promptVersion" | "indexVersion">
  ]: (typeof turns.$inferSelect)[Name];
} & { promptVersion: string | null; indexVersion: string | null };

export async function findTurnRow(
  db: Queryable,
  { tenantId, turnId }: { tenantId: string; turnId: string },
): Promise<TurnRow | null> {
  const [row] = await db
    .select(columns)
    .from(turns)
    .where(and(eq(turns.tenantId, tenantId), eq(turns.id, turnId)));
  return row ?? null;
}

/** The turns of a conversation, newest first. */
export async function listTurns(
  db: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
  page: PageRequest,
): Promise<Page<TurnRow>> {
  const order = { createdAt: turns.openedAt, id: turns.id };
  const rows = await db
    .select({ ...columns, at: toMicros(turns.openedAt) })
    .from(turns)
    .where(
      and(eq(turns.tenantId, tenantId), eq(turns.conversationId, conversationId), keysetBefore(order, page)),
    )
    .orderBy(sql`${turns.openedAt} DESC`, sql`${turns.id} DESC`)
    .limit(page.limit + 1);
  return toPage(rows, page);
}
