import { and, asc, eq, getTableColumns, type SQLWrapper, sql, TransactionRollbackError } from "drizzle-orm";
import { insertSettlement, selectReservation } from "../tenants/budgets.ts";
import { noteRecovery } from "./account-outages.ts";
import { isAtAttempt } from "./gate.ts";
import { appendOutboundLine } from "../conversations/append-line.ts";
import { type ClosedTurn, callFinishTurn, type FinishedTurn, readFinished } from "../turns/finish-turn.ts";
import { selectCostOfTurn } from "../turns/model-responses.ts";
import { newId } from "../connection/new-id.ts";
import { COMMIT_ASYNCHRONOUSLY } from "../connection/commit-asynchronously.ts";
import { KeyChanged, requireSameKey } from "../contacts/data-keys.ts";
import { newVersion } from "../turns/turn-version.ts";
import type { Queryable } from "../connection/postgres.ts";
import { updateDeliveriesAndEmit, withChangeAndEvents } from "./reply-events.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import { DELIVERY_MOVES } from "../transitions/delivery-moves.ts";
import { mayMove } from "../transitions/move.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

/*
 * One row per part of a reply, written before any send. The states and their moves are in db/transitions/delivery-moves.ts.
 *
 * A part that is `sending` while no process works on it has lost its response: the channel's delivery class decides what follows. All
 * waits use the database's clock, because the clock of a worker may be minutes off.
 */

export type Delivery = Omit<typeof deliveries.$inferSelect, "body"> & {
  text: string;
  /** Time since the last change, at the time of the read. */
  unchangedMs: number;
  /** Wait until the next attempt, at the time of the read. Not above 0 where the attempt may begin. */
  dueInMs: number;
  /** Time since the first attempt began, at the time of the read. */
  triedForMs: number;
  /** Time since the last attempt began, at the time of the read. */
  sinceAttemptMs: number;
};

export interface ReplyToRecord {
  parts: readonly string[];
  tier: string;
  reason: string | null;
  model: string | null;
}

/**
 * Transcript, delivery rows, version stamp and cost of a reply in one transaction. A second call changes nothing. Null where the turn has
 * another version, or the contact another key: then the reply does not belong to it.
 */
export async function recordReply(
  db: Queryable,
  vault: Vault,
  { scope, version }: { scope: TurnScope; version: number },
  reply: ReplyToRecord,
): Promise<{ parts: number } | null> {
  const recorded = { parts: reply.parts.length };
  return await db
    .transaction(async (tx) => {
      const rows = reply.parts.map((text, part) => buildDeliveryRow(vault, scope, { text, part }));
      const inserted = await tx
        .insert(deliveries)
        .values(rows)
        .onConflictDoNothing()
        .returning({ id: deliveries.id });
      if (inserted.length === 0) return recorded;
      const { turnId } = scope;
      await appendOutboundLine(tx, vault, scope, { turnId, text: reply.parts.join("\n") });
      await requireSameKey(tx, scope);
      if (!(await stampTurn(tx, { turnId, version }, reply))) return tx.rollback();
      return recorded;
    })
    .catch(nullIfChanged);
}

function nullIfChanged(error: unknown): null {
  if (error instanceof TransactionRollbackError || error instanceof KeyChanged) return null;
  throw error;
}

/**
 * Version stamp and cost of the turn, and the end of its reservation, in one statement. The last of its transaction: the slot of the budget
 * is locked only until the commit, which does not wait for the disk. False where another attempt has changed the turn.
 */
async function stampTurn(
  tx: Queryable,
  { turnId, version }: { turnId: string; version: number },
  { tier, reason, model }: ReplyToRecord,
): Promise<boolean> {
  // The UPDATE reads `settled`, so the reservation is read before it is cleared.
  const { rowCount } = await tx.execute(sql`
    WITH paid AS (SELECT ${selectCostOfTurn(turnId)} AS usd), reservation AS (${selectReservation(turnId)}), settled AS (
      ${insertSettlement(sql`(SELECT usd FROM paid)`)} RETURNING 1
    )
    UPDATE ${turns} SET tier = ${tier}, reason = ${reason}, model = ${model}, cost_usd = paid.usd, reserved_usd = 0,
      version = ${newVersion()}
    FROM paid, (SELECT count(*) AS slots FROM settled) AS done
    WHERE ${turns.id} = ${turnId} AND ${turns.version} = ${version} AND done.slots >= 0
    RETURNING ${COMMIT_ASYNCHRONOUSLY}`);
  return rowCount === 1;
}

/** A new part, not sent yet. */
export function buildDeliveryRow(
  vault: Vault,
  scope: Pick<TurnScope, "tenantId" | "conversationId" | "turnId" | "contactId" | "dataKey">,
  { text, part }: { text: string; part: number },
) {
  const { tenantId, conversationId, turnId } = scope;
  const id = newId();
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
  const rows = await db
    .select(selectDelivery())
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(asc(deliveries.part));
  return rows.map((row) => openDelivery(vault, scope, row));
}

/** The columns of a part, with its ages. */
export function selectDelivery() {
  const { updatedAt, nextAttemptAt, firstAttemptAt, attemptedAt } = deliveries;
  return {
    ...getTableColumns(deliveries),
    unchangedMs: msSince(updatedAt),
    dueInMs: sql<number>`coalesce(-${msSince(nextAttemptAt)}, 0)`,
    triedForMs: msSince(sql`coalesce(${firstAttemptAt}, ${updatedAt})`),
    sinceAttemptMs: msSince(sql`coalesce(${attemptedAt}, ${firstAttemptAt}, ${updatedAt})`),
  };
}

type StoredDelivery = Omit<Delivery, "text"> & { body: Buffer };

export function openDelivery(vault: Vault, owner: KeyOwner, row: StoredDelivery): Delivery {
  const { body: _sealed, ...rest } = row;
  return { ...rest, text: openDeliveryText(vault, owner, row) };
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

/** The vendor accepted the part and could not deliver it. The part stays accepted, with the class of the failure. */
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

export interface LastAcceptance {
  scope: Pick<TurnScope, "turnId" | "tenantId" | "channel" | "accountId">;
  providerId: string;
  /** Whether the vendor sends receipts. */
  receipts: boolean;
}

/**
 * Accepts the last part of a reply, notes that its account works, and ends its turn as answered: one statement, one commit. A second call
 * changes nothing and returns the same. `hasEarlyReceipts`: receipts came before the commit and have to be applied.
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
  const { rows } = await db.execute<{ finished: ClosedTurn | null; early: boolean }>(sql`
    ${withChangeAndEvents(change, EVENT_OF_ATTEMPT)}, well AS (${noteRecovery(db, scope).getSQL()})
    SELECT finished, ${early} AS early FROM ${callFinishTurn(end)} AS finished`);
  return {
    finished: readFinished(end, rows[0]?.finished ?? null),
    hasEarlyReceipts: rows[0]?.early === true,
  };
}

function inMs(ms: number) {
  return sql`clock_timestamp() + make_interval(secs => ${ms / 1000})`;
}
