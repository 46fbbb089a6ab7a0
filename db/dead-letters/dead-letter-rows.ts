import { type SQL, sql } from "drizzle-orm";
import { toMicros } from "../connection/page.ts";

/* The queries of dead letters, one for each kind, and their rows. `dead-letters.ts` says which letters are dead. */

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

/** The format of a dead letter's id. */
export const DEAD_LETTER_ID =
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

export const TIMES = sql`${toMicros(sql`since`)} AS at, ${toMicros(sql`replayed_at`)} AS replayed, ${toMicros(sql`dismissed_at`)} AS dismissed`;

/** Letters with their dismissal, or with nulls. */
export function withDismissal(letters: SQL): SQL {
  return sql`SELECT found.*, dismissal.dismissed_at, dismissal.author AS dismissed_by, dismissal.note AS dismissal_note
    FROM (${letters}) found LEFT JOIN dead_letter_dismissals dismissal
      ON dismissal.tenant_id = found.tenant_id AND dismissal.id = found.id AND dismissal.dismissed_at >= found.since`;
}

/** The condition has the words of the index `turns_troubled`. */
const IS_TROUBLED = sql`(t.outcome = 'failed' OR (t.outcome = 'answered' AND t.outcome_reason IS NOT NULL) OR t.replayed_at IS NOT NULL)`;

/** Turns that ended last and may be dead letters. A count reads no more than these, however many there are. */
export const selectLastTroubled = (tenantId: SQL, limit: number) =>
  sql`(SELECT t.* FROM turns t WHERE t.tenant_id = ${tenantId} AND ${IS_TROUBLED} ORDER BY t.closed_at DESC LIMIT ${limit})`;

function selectReplies(tenantId: SQL, source = sql`turns`) {
  return sql`
    SELECT 'reply' AS kind, t.id::text AS id, t.tenant_id, c.channel, c.account_id, t.conversation_id,
      coalesce(t.outcome_reason, nullif(concat_ws(':', p.state, p.code), ''), 'poison') AS reason, t.closed_at AS since, t.replayed_at,
      p.parts, p.accepted, p.unknown, m.messages, NULL::text AS event_type
    FROM ${source} t JOIN conversations c ON c.id = t.conversation_id
    CROSS JOIN LATERAL (SELECT count(*)::int AS parts, count(*) FILTER (WHERE d.state = 'accepted')::int AS accepted,
        count(*) FILTER (WHERE d.state = 'unknown')::int AS unknown,
        (array_agg(d.state ORDER BY d.part) FILTER (WHERE d.state <> 'accepted'))[1] AS state,
        (array_agg(d.code ORDER BY d.part) FILTER (WHERE d.state <> 'accepted'))[1] AS code
      FROM deliveries d WHERE d.turn_id = t.id) p
    CROSS JOIN LATERAL (SELECT count(*)::int AS messages FROM inbox i WHERE i.turn_id = t.id) m
    WHERE t.tenant_id = ${tenantId} AND t.state = 'closed' AND t.outcome <> 'superseded'
      AND ${IS_TROUBLED}
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

/** `source` replaces the table of turns. */
export const SELECTS: Readonly<Record<DeadLetterKind, (tenantId: SQL, source?: SQL) => SQL>> = {
  reply: selectReplies,
  event: selectEvents,
  inbound: selectUnstored,
};

/** The letter of one kind with this id: an expression of SQL, in the format of a dead letter's id. */
export function selectById(kind: DeadLetterKind, tenantId: SQL, id: SQL): SQL {
  const first = sql`split_part(${id}, '.', 1)::uuid`;
  const isIt = {
    reply: sql`t.id = ${first} AND ${id} NOT LIKE '%.%'`,
    event: sql`d.event_id = ${first} AND d.endpoint_id = nullif(split_part(${id}, '.', 2), '')::uuid`,
    inbound: sql`u.id = ${first} AND ${id} NOT LIKE '%.%'`,
  };
  return sql`${SELECTS[kind](tenantId)} AND ${isIt[kind]}`;
}

export interface StoredLetter extends Record<string, unknown> {
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

export function toDeadLetter(row: StoredLetter): DeadLetter & { at: string } {
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
