import { inArray, sql } from "drizzle-orm";
import { messageLabel } from "./append-line.ts";
import { type ChangedText, findChangedTexts } from "../inbound/message-changes.ts";
import { type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import type { turns } from "../schema/turns.ts";
import { toDeliveryRow, type DeliveryRow } from "../delivery/list-deliveries.ts";
import { openOrNull, type KeyOwner, type Vault } from "../connection/vault.ts";

/** One line of a transcript for a reader: its present text, and its state. */
export interface ConversationLine {
  seq: number;
  direction: "inbound" | "outbound";
  /** Null where the contact deleted the message, and where it was erased. */
  text: string | null;
  /** True where the text or the media cannot be read: their key was destroyed, or no process has it. */
  erased: boolean;
  edited: boolean;
  media: unknown[];
  writtenAt: Date;
  turnId: string | null;
  /** The plan of an outbound line's turn. */
  plan: (typeof turns.$inferSelect)["plan"] | null;
  /** The agent who wrote an outbound line, or null. */
  agent: string | null;
  inbound: {
    messageId: string;
    workflowId: string;
    state: (typeof inbox.$inferSelect)["state"];
    reason: string | null;
    late: boolean;
  } | null;
  deliveries: DeliveryRow[];
}

type Line = {
  seq: string;
  direction: ConversationLine["direction"];
  body: Buffer;
  media: Buffer | null;
  at: string;
  id: string;
  turn_id: string | null;
  plan: ConversationLine["plan"];
  agent: string | null;
  provider_message_id: string | null;
  workflow_id: string;
  state: (typeof inbox.$inferSelect)["state"];
  reason: string | null;
  late: boolean;
};

/**
 * A page of the transcript, oldest line first. The contact's lines have the order in which they were written, by the
 * provider's evidence. An answer never comes before its question.
 */
export async function listLines(
  db: Queryable,
  vault: Vault,
  conversation: KeyOwner & { tenantId: string; conversationId: string },
  page: PageRequest,
): Promise<Page<ConversationLine>> {
  const { rows } = await db.execute<Line>(selectLines(conversation, page));
  const { rows: lines, next } = toPage(rows, page);
  const ids = lines.flatMap((line) => line.provider_message_id ?? []);
  const changed = await findChangedTexts(db, vault, conversation, ids);
  const sent = await findLineDeliveries(db, lines);
  return {
    next,
    rows: lines.map((line) => ({
      ...openLine(vault, conversation, line, changed),
      deliveries: line.direction === "inbound" ? [] : (sent.get(line.turn_id ?? "") ?? []),
    })),
  };
}

function selectLines(
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
  { limit, keysetBefore }: PageRequest,
) {
  const [sequence = "0", seq = "0"] = keysetBefore?.id.split(":") ?? [];
  const afterCursor =
    keysetBefore === null
      ? sql``
      : sql`WHERE (written_at, sequence, seq) > (${keysetBefore.at}::timestamptz, ${sequence}::bigint, ${seq}::bigint)`;
  return sql`
    SELECT *, sequence || ':' || seq AS id, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM (
      SELECT m.seq, m.direction, m.body, m.media, coalesce(i.turn_id, m.turn_id) AS turn_id, t.plan, t.origin ->> 'agent' AS agent,
        i.provider_message_id, i.workflow_id, i.state, i.reason, i.late,
        coalesce(i.provider_sequence, 0) AS sequence,
        CASE WHEN m.direction = 'inbound' THEN coalesce(i.provider_time, m.created_at)
          ELSE greatest(m.created_at, (SELECT max(coalesce(a.provider_time, a.received_at)) FROM inbox a WHERE a.turn_id = m.turn_id))
        END AS written_at
      FROM messages m
      LEFT JOIN inbox i ON i.conversation_id = m.conversation_id AND i.seq = m.seq
      LEFT JOIN turns t ON t.id = m.turn_id
      WHERE m.conversation_id = ${conversationId} AND m.tenant_id = ${tenantId}
    ) lines ${afterCursor} ORDER BY written_at, sequence, seq LIMIT ${limit + 1}`;
}

function openLine(
  vault: Vault,
  owner: KeyOwner & { conversationId: string },
  line: Line,
  changed: ReadonlyMap<string, ChangedText>,
): Omit<ConversationLine, "deliveries"> {
  const seq = Number(line.seq);
  const label = messageLabel(owner.conversationId, seq);
  const original = () => openOrNull(vault, { owner, label, sealed: line.body });
  const change = changed.get(line.provider_message_id ?? "");
  const text = change === undefined ? original() : change.text;
  const isDeleted = change !== undefined && change.text === null && !change.erased;
  const media =
    line.media === null || isDeleted
      ? "[]"
      : openOrNull(vault, { owner, label: `media:${label}`, sealed: line.media });
  const { provider_message_id: messageId, workflow_id: workflowId, state, reason, late } = line;
  return {
    seq,
    direction: line.direction,
    text,
    erased: (text === null && !isDeleted) || media === null,
    edited: change !== undefined && !isDeleted,
    media: JSON.parse(media ?? "[]") as unknown[],
    writtenAt: new Date(line.at),
    turnId: line.turn_id,
    plan: line.plan,
    agent: line.agent,
    inbound: messageId === null ? null : { messageId, workflowId, state, reason, late },
  };
}

async function findLineDeliveries(
  db: Queryable,
  lines: readonly Line[],
): Promise<Map<string, DeliveryRow[]>> {
  const ids = lines.flatMap((line) => (line.direction === "outbound" && line.turn_id ? [line.turn_id] : []));
  if (ids.length === 0) return new Map();
  const rows = await db
    .select()
    .from(deliveries)
    .where(inArray(deliveries.turnId, ids))
    .orderBy(deliveries.turnId, deliveries.part);
  return Map.groupBy(rows.map(toDeliveryRow), ({ turnId }) => turnId);
}
