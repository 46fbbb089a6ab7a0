import { asc, count, eq, getTableColumns, type SQLWrapper, sql } from "drizzle-orm";
import { messageLabel } from "../conversations/append-line.ts";
import { derivePartId } from "../connection/new-id.ts";
import { COMMIT_ASYNCHRONOUSLY } from "../connection/commit-asynchronously.ts";
import type { RememberedTurn } from "../turns/turn-memory.ts";
import { newVersion } from "../turns/turn-version.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";
import { decodeReplyText, encodeReplyText, type ReplyText } from "./reply-text.ts";

/*
 * One row per part of a reply, written before any send. The states and their moves are in db/transitions/delivery-moves.ts.
 *
 * A part that is `sending` while no process works on it has lost its response: the channel's delivery class decides what follows. All
 * waits use the database's clock, because the clock of a worker may be minutes off.
 */

export type Delivery = Omit<typeof deliveries.$inferSelect, "body"> &
  ReplyText & {
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
  parts: readonly ReplyText[];
  tier: string;
  reason: string | null;
  model: string | null;
}

/** Why a reply is not recorded. The number of its line was taken by a message, or the turn is not the one that the caller has read. */
export type RecordObstacle = "ended" | "changed" | "line_taken";
export type RecordedReply = { parts: number } | { obstacle: RecordObstacle };

type RecordReplyRow = { recorded: number; obstacle: null } | { recorded: null; obstacle: RecordObstacle };

/**
 * Transcript, delivery rows, version stamp and cost of a reply, and the end of its reservation: `record_reply` of the migrations. One commit,
 * which does not wait for the disk. A second call changes nothing and returns the number of stored parts. Where the turn has ended, the turn or
 * the key of the contact has changed, or the transcript has a newer line, the texts are not sealed for their place: then nothing is recorded.
 */
export async function recordReply(
  db: Queryable,
  vault: Vault,
  { scope, version, nextSeq }: Pick<RememberedTurn, "scope" | "version" | "nextSeq">,
  { parts, tier, reason, model }: ReplyToRecord,
): Promise<RecordedReply> {
  const { turnId, tenantId, conversationId, contactId, dataKey } = scope;
  const rows = parts.map((reply, part) => buildDeliveryRow(vault, scope, { reply, part }));
  const line = vault.seal(
    scope,
    messageLabel(conversationId, nextSeq),
    parts.map(({ text }) => text).join("\n"),
  );
  const { rows: results } = await db.execute<RecordReplyRow>(sql`
    SELECT ${COMMIT_ASYNCHRONOUSLY}, recorded, obstacle FROM record_reply(
      of_turn => ${turnId}, at_version => ${version}, new_version => ${newVersion()},
      of_tenant => ${tenantId}, in_conversation => ${conversationId}, at_seq => ${nextSeq},
      of_contact => ${contactId}, sealed_with => ${dataKey},
      part_ids => ${sql.param(rows.map(({ id }) => id))}, part_bodies => ${sql.param(rows.map(({ body }) => body))},
      line_body => ${line}, with_tier => ${tier}, with_reason => ${reason}, with_model => ${model})`);
  const [row] = results;
  if (row === undefined) throw new Error("record_reply returned no row.");
  return row.obstacle === null ? { parts: row.recorded } : { obstacle: row.obstacle };
}

/**
 * A new part, not sent yet. Its id is the key by which a vendor drops a second send. So a part that a standby has lost after its send, and that
 * is recorded again, is not delivered twice.
 */
export function buildDeliveryRow(
  vault: Vault,
  scope: Pick<TurnScope, "tenantId" | "conversationId" | "turnId" | "contactId" | "dataKey">,
  { reply, part }: { reply: ReplyText; part: number },
) {
  const { tenantId, conversationId, turnId } = scope;
  return {
    id: derivePartId(turnId, part),
    tenantId,
    conversationId,
    turnId,
    part,
    body: vault.seal(scope, `delivery:${turnId}:${part}`, encodeReplyText(reply)),
  };
}

export async function countTurnParts(db: Queryable, turnId: string): Promise<number> {
  const [row] = await db.select({ parts: count() }).from(deliveries).where(eq(deliveries.turnId, turnId));
  return row?.parts ?? 0;
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

type StoredDelivery = Omit<Delivery, keyof ReplyText> & { body: Buffer };

export function openDelivery(vault: Vault, owner: KeyOwner, row: StoredDelivery): Delivery {
  const { body: _sealed, ...rest } = row;
  return { ...rest, ...openDeliveryText(vault, owner, row) };
}

function msSince(since: SQLWrapper) {
  return sql<number>`(extract(epoch FROM clock_timestamp() - ${since})::float8 * 1000)`;
}

/** The text of one part with its marks. */
export function openDeliveryText(
  vault: Vault,
  owner: KeyOwner,
  { turnId, part, body }: Pick<typeof deliveries.$inferSelect, "turnId" | "part" | "body">,
): ReplyText {
  return decodeReplyText(vault.open(owner, `delivery:${turnId}:${part}`, body));
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
