import { randomUUID } from "node:crypto";
import { and, asc, eq, sql } from "drizzle-orm";
import { settleBudget } from "./budgets.ts";
import { isOptedOut } from "./consents.ts";
import { messageLabel, takeSeq } from "./inbox.ts";
import { costOfTurn } from "./model-responses.ts";
import type { Database, Queryable } from "./postgres.ts";
import { conversations, deliveries, messages, turns } from "./schema.ts";
import type { TurnScope } from "./transcript.ts";
import type { Vault } from "./vault.ts";

/*
 * One row per part of a reply, written before any send:
 *
 *   intended -> sending -> accepted             the vendor took it
 *               sending -> intended             the vendor certainly did not take it: another attempt comes
 *               sending -> unknown              the answer was lost, and the channel may not repeat
 *               sending -> refused(class)       the vendor will never take it
 *   intended -> suppressed(reason)              the gate closed before the send
 *
 * `sending` with no process alive behind it is an answer that was lost: the channel's delivery class decides what follows.
 */

export type Delivery = Omit<typeof deliveries.$inferSelect, "body"> & { text: string };

export interface RecordedReply {
  parts: string[];
  rung: string;
  reason: string | null;
  model: string | null;
}

/** Transcript, delivery rows, version stamp and cost of a reply in one transaction; a second call changes nothing. */
export async function recordReply(
  db: Database,
  vault: Vault,
  scope: TurnScope,
  reply: RecordedReply,
): Promise<{ parts: number }> {
  return await db.transaction(async (tx) => {
    const rows = reply.parts.map((text, part) => deliveryRow(vault, scope, { text, part }));
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
    const { rung, reason, model } = reply;
    await tx.update(turns).set({ rung, reason, model, costUsd }).where(eq(turns.id, turnId));
    await settleBudget(tx, { tenantId, turnId, spentUsd: costUsd });
    return { parts: reply.parts.length };
  });
}

function deliveryRow(vault: Vault, scope: TurnScope, { text, part }: { text: string; part: number }) {
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

export async function deliveriesOfTurn(db: Queryable, vault: Vault, scope: TurnScope): Promise<Delivery[]> {
  const rows = await db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(asc(deliveries.part));
  return rows.map(({ body, ...row }) => ({
    ...row,
    text: vault.open(scope, `delivery:${scope.turnId}:${row.part}`, body),
  }));
}

export type GateDecision =
  | { open: true; attempt: number; firstAttemptAt: Date }
  | { open: false; reason: "opted_out" | "taken_by_other_attempt" };

/**
 * The gate: checks what may have changed since the reply was made, and marks the part as `sending`, in one transaction on the
 * conversation's row. So no send begins after an opt-out has committed. (The confirmation of an opt-out is the one text that the
 * opt-out does not stop: `consent: false`.) The attempt number fences two attempts that run at once.
 */
export async function openGate(
  db: Database,
  scope: TurnScope,
  part: { id: string; attempt: number },
  checks: { consent: boolean },
): Promise<GateDecision> {
  return await db.transaction(async (tx) => {
    await tx
      .select({ id: conversations.id })
      .from(conversations)
      .where(eq(conversations.id, scope.conversationId))
      .for("update");
    if (checks.consent && (await isOptedOut(tx, scope))) {
      await tx.update(deliveries).set({ state: "suppressed", code: "opted_out" }).where(isAt(part));
      return { open: false, reason: "opted_out" } as const;
    }
    const [row] = await tx
      .update(deliveries)
      .set({
        state: "sending",
        attempt: part.attempt + 1,
        firstAttemptAt: sql`coalesce(${deliveries.firstAttemptAt}, clock_timestamp())`,
        updatedAt: sql`clock_timestamp()`,
      })
      .where(isAt(part))
      .returning({ attempt: deliveries.attempt, firstAttemptAt: deliveries.firstAttemptAt });
    if (row?.firstAttemptAt == null) return { open: false, reason: "taken_by_other_attempt" } as const;
    return { open: true, attempt: row.attempt, firstAttemptAt: row.firstAttemptAt } as const;
  });
}

export interface DeliveryResult {
  state: "accepted" | "intended" | "sending" | "unknown" | "refused";
  providerId?: string | null;
  refusal?: string | null;
  code?: string | null;
  nextAttemptAt?: Date | null;
}

/** Writes what became of an attempt; an attempt that was overtaken by a later one writes nothing. */
export async function settleAttempt(
  db: Queryable,
  part: { id: string; attempt: number },
  result: DeliveryResult,
): Promise<void> {
  await db
    .update(deliveries)
    .set({ ...result, updatedAt: sql`clock_timestamp()` })
    .where(isAt(part));
}

function isAt({ id, attempt }: { id: string; attempt: number }) {
  return and(eq(deliveries.id, id), eq(deliveries.attempt, attempt));
}
