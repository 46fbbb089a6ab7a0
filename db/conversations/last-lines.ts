import { type SQL, sql } from "drizzle-orm";
import { messageLabel } from "./append-line.ts";
import { isWithin, listWindows, type Months } from "./transcript-rows.ts";
import type { Queryable } from "../connection/postgres.ts";
import { type KeyOwner, openOrNull, type Vault } from "../connection/vault.ts";
import { openChange, type StoredChange } from "../inbound/message-changes.ts";
import type { turns } from "../schema/turns.ts";

/** The line of a conversation that was stored last, in its present state. */
export interface LastLine {
  direction: "inbound" | "outbound";
  /** The plan of an outbound line's turn. */
  plan: (typeof turns.$inferSelect)["plan"] | null;
  agent: string | null;
  /** Null where the contact deleted the message, and where it cannot be read. */
  text: string | null;
  erased: boolean;
  hasMedia: boolean;
  storedAt: Date;
}

export interface ConversationEnd extends KeyOwner {
  id: string;
  nextSeq: number;
}

interface StoredLine extends Record<string, unknown> {
  conversation_id: string;
  seq: string;
  direction: LastLine["direction"];
  body: Buffer;
  has_media: boolean;
  stored_at: string;
  plan: LastLine["plan"];
  agent: string | null;
  kind: StoredChange["kind"] | null;
  channel: string;
  account_id: string;
  change_id: string;
  change: Buffer;
}

/** The last lines of one page of conversations, by the id of the conversation. One without lines is missing. */
export async function findLastLines(
  db: Queryable,
  vault: Vault,
  ends: readonly ConversationEnd[],
): Promise<ReadonlyMap<string, LastLine>> {
  const lines = new Map<string, LastLine>();
  let missing = ends.filter(({ nextSeq }) => nextSeq > 1);
  for (const months of listWindows(missing.map(({ id }) => id))) {
    if (missing.length === 0) break;
    const owners = new Map(missing.map((end) => [end.id, end]));
    for (const row of (await db.execute<StoredLine>(selectLastLines(missing, months))).rows) {
      const owner = owners.get(row.conversation_id);
      if (owner !== undefined) lines.set(owner.id, openLine(vault, owner, row));
    }
    missing = missing.filter(({ id }) => !lines.has(id));
  }
  return lines;
}

/** The order lets PostgreSQL read the indexes of the months one after the other, the last one first, until it has the line. */
function selectLastLines(ends: readonly ConversationEnd[], months: Months): SQL {
  const ids = sql.param(ends.map(({ id }) => id));
  // The numbers of the lines of a conversation have no gap.
  const seqs = sql.param(ends.map(({ nextSeq }) => nextSeq - 1));
  return sql`
    SELECT line.*, t.plan, t.origin ->> 'agent' AS agent, change.*
    FROM unnest(${ids}::uuid[], ${seqs}::bigint[]) AS wanted (id, seq)
    CROSS JOIN LATERAL (
      SELECT m.conversation_id, m.seq, m.direction, m.body, m.media IS NOT NULL AS has_media, m.created_at::text AS stored_at, m.turn_id
      FROM messages m WHERE m.conversation_id = wanted.id AND m.seq = wanted.seq AND ${isWithin(months, sql`m.created_at`)}
      ORDER BY m.created_at DESC LIMIT 1
    ) line
    LEFT JOIN turns t ON t.id = line.turn_id
    LEFT JOIN inbox i ON i.conversation_id = line.conversation_id AND i.seq = line.seq
    LEFT JOIN LATERAL (
      SELECT c.kind, c.channel, c.account_id, c.change_id, c.body AS change FROM message_changes c
      WHERE c.conversation_id = i.conversation_id AND c.channel = i.channel AND c.account_id = i.account_id
        AND c.target_message_id = i.provider_message_id
      ORDER BY c.provider_time DESC, c.received_at DESC LIMIT 1
    ) change ON true`;
}

function openLine(vault: Vault, owner: KeyOwner, row: StoredLine): LastLine {
  const { direction, plan, agent, has_media: hasMedia, stored_at: storedAt } = row;
  return { direction, plan, agent, hasMedia, storedAt: new Date(storedAt), ...openText(vault, owner, row) };
}

function openText(vault: Vault, owner: KeyOwner, row: StoredLine): Pick<LastLine, "text" | "erased"> {
  if (row.kind === null) {
    const label = messageLabel(row.conversation_id, Number(row.seq));
    const text = openOrNull(vault, { owner, label, sealed: row.body });
    return { text, erased: text === null };
  }
  const { kind, channel, account_id: accountId, change_id: changeId, change: body } = row;
  return openChange(vault, owner, { kind, channel, accountId, changeId, body });
}
