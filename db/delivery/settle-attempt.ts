import { and, type SQLWrapper, sql } from "drizzle-orm";
import { noteRecovery } from "./account-outages.ts";
import { isAtAttempt } from "./gate.ts";
import { type ClosedTurn, callFinishTurn, type FinishedTurn, readFinished } from "../turns/finish-turn.ts";
import type { Queryable } from "../connection/postgres.ts";
import { updateDeliveriesAndEmit, withChangeAndEvents } from "./reply-events.ts";
import { deliveries } from "../schema/deliveries.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";

/** The move that an outcome of an attempt makes. */
const MOVE_OF = {
  accepted: DELIVERY_MOVES.accept,
  intended: DELIVERY_MOVES.retry,
  sending: DELIVERY_MOVES.askLater,
  unknown: DELIVERY_MOVES.markUnknown,
  refused: DELIVERY_MOVES.refuse,
} as const;

export interface AttemptOutcome {
  state: keyof typeof MOVE_OF;
  providerId?: string | null;
  refusal?: string | null;
  /** Of a retry: the account that failed, by its name. */
  failingAccount?: string;
  code?: string | null;
  /** How long the next attempt has to wait. */
  waitMs?: number;
  /** The wait that the vendor asked for, or null. It is kept also when the attempt is brought forward. */
  notBeforeMs?: number | null;
}

/**
 * Writes the outcome of an attempt and its event. It writes nothing where a later attempt has begun or the part may not make this move.
 * A repeated write is such a case, so an end of a part emits its event once.
 */
export async function settleAttempt(db: Queryable, part: AttemptKey, outcome: AttemptOutcome): Promise<void> {
  await updateDeliveriesAndEmit(db, changeAttempt(db, part, outcome), EVENT_OF_ATTEMPT);
}

type AttemptKey = { id: string; attempt: number };
const EVENT_OF_ATTEMPT = { state: "state", code: "code" } as const;

function changeAttempt(
  db: Queryable,
  part: AttemptKey,
  { waitMs, notBeforeMs, ...result }: AttemptOutcome,
): SQLWrapper {
  const nextAttemptAt = waitMs === undefined ? undefined : inMs(waitMs);
  const notBefore = notBeforeMs == null ? notBeforeMs : inMs(notBeforeMs);
  const acceptedAt = result.state === "accepted" ? sql`clock_timestamp()` : undefined;
  return db
    .update(deliveries)
    .set({ ...result, acceptedAt, nextAttemptAt, notBefore, updatedAt: sql`clock_timestamp()` })
    .where(and(isAtAttempt(part), mayMove(deliveries.state, MOVE_OF[result.state])))
    .returning();
}

const LAST_PART_LOCK = `${TIME_LIMITS_MS.lastPartLock}ms`;

export interface LastAcceptance {
  scope: Pick<TurnScope, "turnId" | "tenantId" | "channel" | "accountId">;
  providerId: string;
  /** Whether the vendor sends receipts. */
  receipts: boolean;
}

/**
 * Accepts the last part of a reply, notes that its account works, and ends its turn as answered: one statement, one commit. A second call
 * changes nothing and returns the same. `hasEarlyReceipts`: receipts came before the commit and have to be applied.
 *
 * Only this process knows that the part was accepted, so the statement soon fails where another transaction has one of its locks. The short
 * wait is that of the whole transaction.
 */
export async function acceptLastPart(
  db: Queryable,
  part: AttemptKey,
  { scope, providerId, receipts }: LastAcceptance,
): Promise<{ finished: FinishedTurn; hasEarlyReceipts: boolean }> {
  const { turnId, tenantId, channel, accountId } = scope;
  const end = { turnId, outcome: "answered", reason: null } as const;
  const early = receipts
    ? sql`has_early_receipt(${tenantId}, ${channel}, ${accountId}, ${providerId})`
    : sql`false`;
  const change = changeAttempt(db, part, { state: "accepted", providerId });
  // The functions take their locks first: the conversation, then the receipts. PostgreSQL runs a change that nothing reads after them.
  // CASE evaluates its condition first.
  const { rows } = await db.execute<{ finished: ClosedTurn | null; early: boolean }>(sql`
    ${withChangeAndEvents(change, EVENT_OF_ATTEMPT)}, well AS (${noteRecovery(db, scope).getSQL()})
    SELECT finished, ${early} AS early FROM (
      SELECT CASE WHEN set_config('lock_timeout', ${LAST_PART_LOCK}, true) IS NOT NULL THEN ${callFinishTurn(end)} END AS finished
    ) AS ended`);
  return {
    finished: readFinished(end, rows[0]?.finished ?? null),
    hasEarlyReceipts: rows[0]?.early === true,
  };
}

function inMs(ms: number) {
  return sql`clock_timestamp() + make_interval(secs => ${ms / 1000})`;
}
