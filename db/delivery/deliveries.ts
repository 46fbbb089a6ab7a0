import { randomUUID } from "node:crypto";
import { and, asc, eq, getTableColumns, ne, type SQLWrapper, sql } from "drizzle-orm";
import { settleBudget } from "../tenants/budgets.ts";
import { isAtAttempt } from "./gate.ts";
import { messageLabel, takeSeq } from "../inbound/inbox.ts";
import { costOfTurn } from "../turns/model-responses.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { updateDeliveriesAndEmit } from "./reply-events.ts";
import { messages } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

/*
 * One row per part of a reply, written before any send:
 *
 *   intended -> sending -> accepted             the vendor took it
 *               sending -> intended             the vendor certainly did not take it: another attempt comes
 *               sending -> unknown              the answer was lost, and the channel may not repeat
 *               sending -> refused(class)       the vendor will never take it
 *   intended -> suppressed(reason)              the gate closed before the send
 *   intended, sending, unknown -> accepted      a receipt of a send carries our own id, so the vendor has it
 *
 * `sending` with no process alive behind it is an answer that was lost: the channel's delivery class decides what follows. One clock
 * decides about waits: the database's. A worker's own may be minutes off.
 */

export type Delivery = Omit<typeof deliveries.$inferSelect, "body"> & {
  text: string;
  /** How old its last change was when it was read. */
  unchangedMs: number;
  /** How long its next attempt had to wait when it was read; not above 0 where that may begin. */
  dueInMs: number;
  /** How long ago its first attempt began when it was read. */
  triedForMs: number;
};

export interface ReplyToRecord {
  parts: string[];
  tier: string;
  reason: string | null;
  model: string | null;
}

/** Transcript, delivery rows, version stamp and cost of a reply in one transaction; a second call changes nothing. */
export async function recordReply(
  db: Database,
  vault: Vault,
  scope: TurnScope,
  reply: ReplyToRecord,
): Promise<{ parts: number }> {
  return await db.transaction(async (tx) => {
    const rows = reply.parts.map((text, part) => buildDeliveryRow(vault, scope, { text, part }));
    const inserted = await tx
      .insert(deliveries)
      .values(rows)
      .onConflictDoNothing()
      .returning({ id: deliveries.id });
    if (inserted.length === 0) return { parts: reply.parts.length };
    const { tenantId, conversationId, turnId } = scope;
    const seq = await takeSeq(tx, conversationId);
    const body = vault.seal(scope, messageLabel(conversationId, seq), reply.parts.join("\n"));
    await tx
      .insert(messages)
      .values({ tenantId, conversationId, seq, direction: "outbound", turnId, body, createdAt: new Date() });
    const costUsd = await costOfTurn(tx, turnId);
    const { tier, reason, model } = reply;
    await tx.update(turns).set({ tier, reason, model, costUsd }).where(eq(turns.id, turnId));
    await settleBudget(tx, { tenantId, turnId, spentUsd: costUsd });
    return { parts: reply.parts.length };
  });
}

/** A new part, not sent yet. */
export function buildDeliveryRow(
  vault: Vault,
  scope: Pick<TurnScope, "tenantId" | "conversationId" | "turnId" | "contactId" | "dataKey">,
  { text, part }: { text: string; part: number },
) {
  const { tenantId, conversationId, turnId } = scope;
  const id = randomUUID();
  return {
    id,
    tenantId,
    conversationId,
    turnId,
    part,
    body: vault.seal(scope, `delivery:${turnId}:${part}`, text),
  };
}

export async function findTurnDeliveries(db: Queryable, vault: Vault, scope: TurnScope): Promise<Delivery[]> {
  const { updatedAt, nextAttemptAt, firstAttemptAt } = deliveries;
  const ages = {
    unchangedMs: msSince(updatedAt),
    dueInMs: sql<number>`coalesce(-${msSince(nextAttemptAt)}, 0)`,
    triedForMs: msSince(sql`coalesce(${firstAttemptAt}, ${updatedAt})`),
  };
  const rows = await db
    .select({ ...getTableColumns(deliveries), ...ages })
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(asc(deliveries.part));
  return rows.map((row) => {
    const { body: _sealed, ...rest } = row;
    return { ...rest, text: openDeliveryText(vault, scope, row) };
  });
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

/** The vendor took the part and could not bring it to the person: it stays accepted, and says why it did not arrive. */
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

export interface AttemptOutcome {
  state: "accepted" | "intended" | "sending" | "unknown" | "refused" | "suppressed";
  providerId?: string | null;
  refusal?: string | null;
  code?: string | null;
  /** How long the next attempt has to wait. */
  waitMs?: number;
  acceptedAt?: Date;
}

/** Writes what became of an attempt, and the event that tells of it; an attempt that was overtaken by a later one writes nothing. */
export async function settleAttempt(
  db: Queryable,
  part: { id: string; attempt: number },
  { waitMs, ...result }: AttemptOutcome,
): Promise<void> {
  const nextAttemptAt =
    waitMs === undefined ? undefined : sql`clock_timestamp() + make_interval(secs => ${waitMs / 1000})`;
  const change = db
    .update(deliveries)
    .set({ ...result, nextAttemptAt, updatedAt: sql`clock_timestamp()` })
    .where(and(isAtAttempt(part), isNewState(result.state)))
    .returning();
  await updateDeliveriesAndEmit(db, change, { state: "state", code: "code" });
}

/** A write whose answer was lost is made again: what ends a part is told of once. */
function isNewState(state: AttemptOutcome["state"]) {
  return state === "refused" || state === "unknown" ? ne(deliveries.state, state) : undefined;
}
