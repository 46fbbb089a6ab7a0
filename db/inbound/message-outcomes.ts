import { eq, inArray, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";

export interface MessageOutcomeRow {
  providerMessageId: string;
  workflowId: string;
  state: "pending" | "in_turn" | "answered" | "suppressed" | "failed";
  reason: string | null;
  turnId: string | null;
  seq: number;
  /** By the provider's clock it belongs to a turn that began before it arrived. */
  late: boolean;
  tier: string | null;
  tierReason: string | null;
  costUsd: number | null;
}

/** The state of each of the given messages. */
export async function findMessageOutcomes(
  db: Queryable,
  providerMessageIds: string[],
): Promise<MessageOutcomeRow[]> {
  const rows: MessageOutcomeRow[] = [];
  for (let start = 0; start < providerMessageIds.length; start += 1_000) {
    const batch = await db
      .select({
        providerMessageId: inbox.providerMessageId,
        workflowId: inbox.workflowId,
        state: inbox.state,
        reason: inbox.reason,
        turnId: inbox.turnId,
        seq: inbox.seq,
        late: inbox.late,
        tier: turns.tier,
        tierReason: turns.reason,
        costUsd: turns.costUsd,
      })
      .from(inbox)
      .leftJoin(turns, eq(turns.id, inbox.turnId))
      .where(inArray(inbox.providerMessageId, providerMessageIds.slice(start, start + 1_000)));
    rows.push(...batch);
  }
  return rows;
}

/** Titles of the documents of each turn's passages, best first. */
export async function findSourcesByTurn(db: Queryable, turnIds: string[]): Promise<Map<string, string[]>> {
  const sources = new Map<string, string[]>();
  for (let start = 0; start < turnIds.length; start += 1_000) {
    const wanted = sql.join(
      turnIds.slice(start, start + 1_000).map((id) => sql`${id}::uuid`),
      sql`, `,
    );
    const { rows } = await db.execute<{ turn_id: string; title: string }>(sql`
      SELECT t.id AS turn_id, c.title FROM ${turns} t
      CROSS JOIN LATERAL jsonb_array_elements_text(t.route -> 'passages') WITH ORDINALITY AS p(id, rank)
      JOIN chunks c ON c.tenant_id = t.tenant_id AND c.id = p.id
      WHERE t.id IN (${wanted}) GROUP BY t.id, c.title ORDER BY t.id, min(p.rank)`);
    for (const row of rows) sources.set(row.turn_id, [...(sources.get(row.turn_id) ?? []), row.title]);
  }
  return sources;
}

/** Reply parts by turn: the receiving ends must have exactly these. */
export async function countPartsByTurn(db: Queryable, turnIds: string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let start = 0; start < turnIds.length; start += 1_000) {
    const rows = await db
      .select({ turnId: deliveries.turnId, state: deliveries.state })
      .from(deliveries)
      .where(inArray(deliveries.turnId, turnIds.slice(start, start + 1_000)));
    for (const { turnId, state } of rows) {
      if (state === "accepted") counts.set(turnId, (counts.get(turnId) ?? 0) + 1);
    }
  }
  return counts;
}
