import { and, eq, sql } from "drizzle-orm";
import { findDeadLetter } from "./dead-letters.ts";
import { resendEvent } from "../events/event-deliveries.ts";
import type { Queryable } from "../connection/postgres.ts";
import { inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove, newState } from "../transitions/move.ts";
import { TURN_MOVES } from "../transitions/turn-moves.ts";
import { lockConversation } from "../turns/turn-owner.ts";
import { replayUnstored } from "../inbound/unstored-messages.ts";
import { isUnreadable, type Vault } from "../connection/vault.ts";
import { replyWorkflowId } from "../../workflows/names.ts";

/*
 * A replay of a dead letter changes only rows in Postgres. The rows are the promise, and the sweeper starts the workflows.
 *
 *   a turn with parts      it is opened again as a turn that `reply` delivers: from the first part that is not accepted, through
 *                          the same gate, after the present messages of the conversation
 *   a turn without parts   its messages are pending again, and the next turn of their conversation answers them
 *   an event               a new round of attempts
 *   an inbound event       it is stored like any other one; a message is answered
 *
 * Each replay locks the conversation and checks that the letter is still dead, so two operators at the same time make one
 * replay.
 */

export interface ReplayRequest {
  tenantId: string;
  id: string;
  /**
   * For a part with a lost response. The vendor is asked first, where the channel allows it. If the outcome stays unknown,
   * this allows a second send.
   */
  acceptDuplicates: boolean;
  /** True for the replay by another build. Only these count for its limit, so an operator may replay as often as is needed. */
  isAutomatic?: boolean;
}

export type ReplayResult = "replayed" | "already_replayed" | "not_found" | "endpoint_disabled" | "unreadable";

/** The code of a part that may be sent again although it may have arrived. */
export const DUPLICATE_ACCEPTED = "duplicate_accepted";

export async function replayDeadLetter(
  db: Queryable,
  vault: Vault,
  request: ReplayRequest,
): Promise<ReplayResult> {
  const { tenantId, id } = request;
  const [first = "", endpointId] = id.split(".");
  if (endpointId !== undefined) return await replayEvent(db, { ...request, eventId: first, endpointId });
  const turn = await replayTurn(db, request);
  if (turn !== null) return turn;
  try {
    return (await replayUnstored(db, vault, { tenantId, id })) ?? "not_found";
  } catch (error) {
    if (isUnreadable(error) || error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

async function replayEvent(
  db: Queryable,
  { tenantId, id, eventId, endpointId }: ReplayRequest & { eventId: string; endpointId: string },
): Promise<ReplayResult> {
  return await db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ state: string; earlier: number }>(sql`
      SELECT state, earlier_attempts AS earlier FROM event_deliveries
      WHERE tenant_id = ${tenantId} AND event_id = ${eventId}::uuid AND endpoint_id = ${endpointId}::uuid FOR UPDATE`);
    const [delivery] = rows;
    if (delivery === undefined) return "not_found";
    if ((await findDeadLetter(tx, { tenantId, id })) === null)
      return delivery.earlier > 0 ? "already_replayed" : "not_found";
    const resent = await resendEvent(tx, { tenantId, eventId, endpointId });
    return resent === "queued" ? "replayed" : resent;
  });
}

/** Null where the tenant has no such turn. */
async function replayTurn(
  db: Queryable,
  { tenantId, id, acceptDuplicates, isAutomatic = false }: ReplayRequest,
): Promise<ReplayResult | null> {
  const [turn] = await db
    .select({ conversationId: turns.conversationId })
    .from(turns)
    .where(and(eq(turns.tenantId, tenantId), eq(turns.id, id)));
  if (turn === undefined) return null;
  return await db.transaction(async (tx) => {
    await lockConversation(tx, turn.conversationId);
    const letter = await findDeadLetter(tx, { tenantId, id });
    if (letter === null) return (await wasReplayed(tx, id)) ? "already_replayed" : "not_found";
    const counted = isAutomatic ? 1 : 0;
    if (letter.parts > 0) await reopenTurn(tx, id, { acceptDuplicates, counted });
    else await returnMessages(tx, id, counted);
    return "replayed";
  });
}

async function wasReplayed(tx: Queryable, turnId: string): Promise<boolean> {
  const [turn] = await tx.select({ at: turns.replayedAt }).from(turns).where(eq(turns.id, turnId));
  return turn?.at != null;
}

/**
 * The turn is opened with the present time. So an earlier takeover does not stop it, and the present messages of the
 * conversation go first.
 */
async function reopenTurn(
  tx: Queryable,
  turnId: string,
  { acceptDuplicates, counted }: { acceptDuplicates: boolean; counted: number },
): Promise<void> {
  await tx
    .update(turns)
    .set({
      state: TURN_MOVES.replay.to,
      workflowId: replyWorkflowId(turnId),
      restarts: 0,
      replays: sql`${turns.replays} + ${counted}`,
      outcome: null,
      outcomeReason: null,
      closedAt: null,
      openedAt: sql`clock_timestamp()`,
      replayedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(turns.id, turnId), mayMove(turns.state, TURN_MOVES.replay)));
  await tx
    .update(inbox)
    .set({ state: INBOX_MOVES.replayReply.to, reason: null })
    .where(and(eq(inbox.turnId, turnId), mayMove(inbox.state, INBOX_MOVES.replayReply)));
  const isLost = mayMove(sql`state`, DELIVERY_MOVES.replayLost);
  const isUnsent = mayMove(sql`state`, DELIVERY_MOVES.replayUnsent);
  // A `sending` part without a time of its next attempt may be in progress. The millisecond says that the attempt has ended.
  await tx.execute(sql`
    UPDATE ${deliveries}
    SET state = CASE WHEN ${isLost} THEN ${newState(DELIVERY_MOVES.replayLost)} ELSE ${newState(DELIVERY_MOVES.replayUnsent)} END,
      code = CASE WHEN ${isLost} AND ${acceptDuplicates} THEN ${DUPLICATE_ACCEPTED} END, refusal = NULL, failing_account = NULL, earlier_attempts = attempt, early_attempts = 0, not_before = NULL,
      next_attempt_at = CASE state WHEN 'unknown' THEN now() + interval '1 millisecond' WHEN 'sending' THEN next_attempt_at END,
      updated_at = CASE state WHEN 'sending' THEN updated_at ELSE now() END
    WHERE turn_id = ${turnId}::uuid AND (${isLost} OR ${isUnsent})`);
}

async function returnMessages(tx: Queryable, turnId: string, counted: number): Promise<void> {
  await tx
    .update(turns)
    .set({ replayedAt: sql`clock_timestamp()` })
    .where(eq(turns.id, turnId));
  await tx
    .update(inbox)
    .set({
      state: INBOX_MOVES.replayMessage.to,
      turnId: null,
      reason: null,
      replays: sql`${inbox.replays} + ${counted}`,
      wakeAt: sql`now()`,
    })
    .where(and(eq(inbox.turnId, turnId), mayMove(inbox.state, INBOX_MOVES.replayMessage)));
}
