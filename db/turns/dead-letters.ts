import { type SQL, sql } from "drizzle-orm";
import { toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";

/*
 * A dead letter has ended without its recipient and is not retried. No table stores dead letters; they follow from the
 * states. So a letter that arrives later (by a late receipt or a replay) is none any more:
 *
 *   reply     a closed turn whose first unaccepted part is refused or unknown; a failed turn with parts that were never sent, or with
 *             messages and no reply; a replayed turn that the gate stopped
 *   event     an outgoing event that an endpoint did not accept by the end of its schedule
 *   inbound   an inbound event (message, edit, deletion, opt-out, agent's reply at the vendor) that could not be stored
 *
 * A text that was withheld on purpose (opt-out, takeover, rate limit) is suppressed and no dead letter.
 * `replay-dead-letter.ts` sends dead letters again. `dismiss-dead-letter.ts` takes them out of the lists.
 */

export const DEAD_LETTER_KINDS = ["reply", "event", "inbound"] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

export interface DeadLetter {
  kind: DeadLetterKind;
  /** The turn's id, `{event}.{endpoint}`, or the id of the unstored inbound event. */
  id: string;
  tenantId: string;
  channel: string | null;
  accountId: string | null;
  conversationId: string | null;
  /** Words from the general to the special, separated by colons: `refused:permanent:30003`, `poison:unreadable`, `http_500`. */
  reason: string;
  since: Date;
  replayedAt: Date | null;
  /** Parts of the reply: all, the accepted ones, the unknown ones. */
  parts: number;
  partsAccepted: number;
  partsUnknown: number;
  /** Messages of the contact that have no answer. */
  messages: number;
  /** The type of the outgoing event. */
  eventType: string | null;
  /** Null where no operator has dismissed the letter since it died. */
  dismissal: { at: Date; author: string; note: string } | null;
}

export interface DeadLetterFilter {
  tenantId: string;
  kind?: DeadLetterKind | undefined;
  /** The whole reason, or its first words. */
  reason?: string | undefined;
  channel?: string | undefined;
  accountId?: string | undefined;
  since?: Date | undefined;
  /** Only those that an operator has dismissed. Otherwise only the others. */
  dismissed?: true | undefined;
}

/** The format of a dead letter's id. */
export const DEAD_LETTER_ID =
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

/** The newest first. */
export async function listDeadLetters(
  db: Queryable,
  filter: DeadLetterFilter,
  page: PageRequest,
): Promise<Page<DeadLetter>> {
  const afterCursor =
    page.keysetBefore === null
      ? sql`true`
      : sql`(since, id) < (${page.keysetBefore.at}::timestamptz, ${page.keysetBefore.id})`;
  const inOrder = sql`ORDER BY since DESC, id DESC LIMIT ${page.limit + 1}`;
  // A page of each kind, read in the order of its index. One list of all kinds would be sorted as a whole for each page.
  const kinds = DEAD_LETTER_KINDS.filter((kind) => filter.kind === undefined || filter.kind === kind).map(
    (
      kind,
    ) => sql`(SELECT * FROM (${withDismissal(SELECTS[kind](sql`${filter.tenantId}`))}) ${sql.identifier(kind)}
      WHERE ${afterCursor} AND ${matchFilter(filter)} ${inOrder})`,
  );
  const { rows } = await db.execute<StoredLetter>(sql`
    SELECT *, ${TIMES}
    FROM (${sql.join(kinds, sql` UNION ALL `)}) letters ${inOrder}`);
  return toPage(rows.map(toDeadLetter), page);
}

/** Null where the tenant has no such dead letter: it never existed, or it arrived later. */
export async function findDeadLetter(
  db: Queryable,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<DeadLetter | null> {
  const [first, endpointId] = id.split(".");
  const tenant = sql`${tenantId}`;
  const found =
    endpointId === undefined
      ? sql`${selectReplies(tenant)} AND t.id = ${first}::uuid UNION ALL ${selectUnstored(tenant)} AND u.id = ${first}::uuid`
      : sql`${selectEvents(tenant)} AND d.event_id = ${first}::uuid AND d.endpoint_id = ${endpointId}::uuid`;
  const { rows } = await db.execute<StoredLetter>(sql`
    SELECT *, ${TIMES} FROM (${withDismissal(found)}) letters`);
  return rows[0] === undefined ? null : toDeadLetter(rows[0]);
}

/** More than an operator reads. */
export const MAX_COUNT = 1_000;

/** The dead letters of all tenants that no operator has dismissed, of each kind at most `MAX_COUNT`. A column for a query. */
export function countDeadLetters(): SQL<Record<DeadLetterKind, number>> {
  const counts = DEAD_LETTER_KINDS.map(
    (kind) => sql`${sql.raw(`'${kind}'`)}, (SELECT count(*)::int FROM (
      SELECT FROM tenants CROSS JOIN LATERAL (${withDismissal(SELECTS[kind](sql`tenants.id`))}) letter
      WHERE letter.dismissed_at IS NULL LIMIT ${MAX_COUNT}) counted)`,
  );
  return sql`jsonb_build_object(${sql.join(counts, sql`, `)})`;
}

/** Emits the event for a turn that has just become a dead letter. */
export async function emitDeadLettered(
  tx: Queryable,
  turn: { tenantId: string; turnId: string },
): Promise<void> {
  const letter = await findDeadLetter(tx, { tenantId: turn.tenantId, id: turn.turnId });
  if (letter === null) return;
  const { tenantId, conversationId, id, reason, parts, partsAccepted, messages } = letter;
  const data = { dead_letter_id: id, reason, parts, parts_accepted: partsAccepted, messages };
  await emitEvent(tx, { tenantId, type: "message.dead_lettered", conversationId, data });
}

const TIMES = sql`${toMicros(sql`since`)} AS at, ${toMicros(sql`replayed_at`)} AS replayed, ${toMicros(sql`dismissed_at`)} AS dismissed`;

function withDismissal(letters: SQL): SQL {
  return sql`SELECT found.*, dismissal.dismissed_at, dismissal.author AS dismissed_by, dismissal.note AS dismissal_note
    FROM (${letters}) found LEFT JOIN dead_letter_dismissals dismissal
      ON dismissal.tenant_id = found.tenant_id AND dismissal.id = found.id AND dismissal.dismissed_at >= found.since`;
}

function matchFilter({ reason, channel, accountId, since, dismissed }: DeadLetterFilter) {
  const wanted = [
    [dismissed === undefined ? sql`dismissed_at IS NULL` : sql`dismissed_at IS NOT NULL`],
    reason === undefined ? [] : [sql`(reason = ${reason} OR starts_with(reason, ${`${reason}:`}))`],
    channel === undefined ? [] : [sql`channel = ${channel}`],
    accountId === undefined ? [] : [sql`account_id = ${accountId}`],
    since === undefined ? [] : [sql`since >= ${since.toISOString()}::timestamptz`],
  ].flat();
  return sql.join(wanted, sql` AND `);
}

/** The condition has the words of the index `turns_troubled`. */
function selectReplies(tenantId: SQL) {
  return sql`
    SELECT 'reply' AS kind, t.id::text AS id, t.tenant_id, c.channel, c.account_id, t.conversation_id,
      coalesce(t.outcome_reason, nullif(concat_ws(':', p.state, p.code), ''), 'poison') AS reason, t.closed_at AS since, t.replayed_at,
      p.parts, p.accepted, p.unknown, m.messages, NULL::text AS event_type
    FROM turns t JOIN conversations c ON c.id = t.conversation_id
    CROSS JOIN LATERAL (SELECT count(*)::int AS parts, count(*) FILTER (WHERE d.state = 'accepted')::int AS accepted,
        count(*) FILTER (WHERE d.state = 'unknown')::int AS unknown,
        (array_agg(d.state ORDER BY d.part) FILTER (WHERE d.state <> 'accepted'))[1] AS state,
        (array_agg(d.code ORDER BY d.part) FILTER (WHERE d.state <> 'accepted'))[1] AS code
      FROM deliveries d WHERE d.turn_id = t.id) p
    CROSS JOIN LATERAL (SELECT count(*)::int AS messages FROM inbox i WHERE i.turn_id = t.id) m
    WHERE t.tenant_id = ${tenantId} AND t.state = 'closed' AND t.outcome <> 'superseded'
      AND (t.outcome = 'failed' OR (t.outcome = 'answered' AND t.outcome_reason IS NOT NULL) OR t.replayed_at IS NOT NULL)
      AND (p.state IN ('refused', 'unknown')
        OR (p.state = 'suppressed' AND p.code <> 'sent_elsewhere' AND t.replayed_at IS NOT NULL)
        OR (t.outcome = 'failed' AND (p.state IN ('intended', 'sending') OR p.code = 'turn_closed' OR (p.parts = 0 AND m.messages > 0))))`;
}

function selectEvents(tenantId: SQL) {
  return sql`
    SELECT 'event' AS kind, d.event_id || '.' || d.endpoint_id AS id, d.tenant_id, NULL::text AS channel, NULL::text AS account_id,
      e.conversation_id, coalesce(d.code, 'failed') AS reason, d.updated_at AS since, NULL::timestamptz AS replayed_at,
      0 AS parts, 0 AS accepted, 0 AS unknown, 0 AS messages, e.type AS event_type
    FROM event_deliveries d JOIN events e ON e.id = d.event_id
    WHERE d.tenant_id = ${tenantId} AND d.state = 'failed'`;
}

function selectUnstored(tenantId: SQL) {
  return sql`
    SELECT 'inbound' AS kind, u.id::text AS id, u.tenant_id, u.channel, u.account_id, NULL::uuid AS conversation_id,
      u.reason, u.created_at AS since, NULL::timestamptz AS replayed_at,
      0 AS parts, 0 AS accepted, 0 AS unknown, 1 AS messages, NULL::text AS event_type
    FROM unstored_messages u WHERE u.tenant_id = ${tenantId} AND u.replayed_at IS NULL`;
}

const SELECTS: Readonly<Record<DeadLetterKind, (tenantId: SQL) => SQL>> = {
  reply: selectReplies,
  event: selectEvents,
  inbound: selectUnstored,
};

interface StoredLetter extends Record<string, unknown> {
  kind: DeadLetterKind;
  id: string;
  tenant_id: string;
  channel: string | null;
  account_id: string | null;
  conversation_id: string | null;
  reason: string;
  /** `since` to the microsecond. */
  at: string;
  replayed: string | null;
  parts: number;
  accepted: number;
  unknown: number;
  messages: number;
  event_type: string | null;
  dismissed: string | null;
  dismissed_by: string | null;
  dismissal_note: string | null;
}

function toDismissal({ dismissed, dismissed_by: author, dismissal_note: note }: StoredLetter) {
  return dismissed === null ? null : { at: new Date(dismissed), author: author ?? "", note: note ?? "" };
}

function toDeadLetter(row: StoredLetter): DeadLetter & { at: string } {
  return {
    kind: row.kind,
    id: row.id,
    tenantId: row.tenant_id,
    channel: row.channel,
    accountId: row.account_id,
    conversationId: row.conversation_id,
    reason: row.reason,
    since: new Date(row.at),
    replayedAt: row.replayed === null ? null : new Date(row.replayed),
    parts: row.parts,
    partsAccepted: row.accepted,
    partsUnknown: row.unknown,
    messages: row.messages,
    eventType: row.event_type,
    dismissal: toDismissal(row),
    at: row.at,
  };
}
