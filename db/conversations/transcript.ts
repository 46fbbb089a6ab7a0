import { eq, sql } from "drizzle-orm";
import { messageLabel } from "./append-line.ts";
import { openChange, type StoredChange } from "../inbound/message-changes.ts";
import { findLastRows, findTurnLines } from "./transcript-rows.ts";
import type { Queryable } from "../connection/postgres.ts";
import { compareProviderOrder } from "../inbound/provider-order.ts";
import { conversations } from "../schema/conversations.ts";
import { contacts } from "../schema/contacts.ts";
import { turns } from "../schema/turns.ts";
import type { Notice, TurnOrigin } from "../turns/turn-origin.ts";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import { openOrNull, type KeyOwner, type Vault } from "../connection/vault.ts";

export type Plan = (typeof turns.$inferSelect)["plan"];

/** The facts about a turn that every step after admission needs. */
export interface TurnScope extends KeyOwner {
  turnId: string;
  tenantId: string;
  conversationId: string;
  channel: string;
  accountId: string;
  workflowId: string;
  /** The contact's address, encrypted under the contact's key. */
  address: Buffer;
  addressHash: Buffer;
  /** The same human being may have contacts on other channels. */
  isLinked: boolean;
  /** The thread from the inbound adapter, or "" for a direct conversation. */
  thread: string;
  /** Set for an anonymous visitor of a web chat: see `db/tenants/visitor-budgets.ts`. */
  visitorNetwork: string | null;
  origin: TurnOrigin;
  plan: Plan;
  /** Null before `admit` has stored the plan. */
  plannedAt: Date | null;
  notice: Notice | null;
  silenceReason: string | null;
  reservedUsd: number;
  /** The tier of the recorded reply; null while there is none. */
  replyTier: string | null;
}

export interface InboundText {
  providerMessageId: string;
  seq: number;
  text: string;
  receivedAt: Date;
}

export interface TranscriptLine {
  role: "user" | "assistant";
  text: string;
  /** When the line was written, ms since 1970. Lines of several conversations are sorted by it. */
  writtenAtMs: number;
}

/** A conversation whose lines can be read: its id, and the key of its contact. */
export interface ReadableConversation extends KeyOwner {
  conversationId: string;
}

/** The columns of a scope, for a query of turns with their conversations and contacts. */
export const SCOPE_COLUMNS = {
  turnId: turns.id,
  tenantId: turns.tenantId,
  conversationId: turns.conversationId,
  workflowId: turns.workflowId,
  plan: turns.plan,
  plannedAt: turns.plannedAt,
  origin: turns.origin,
  notice: turns.notice,
  silenceReason: turns.silenceReason,
  reservedUsd: turns.reservedUsd,
  replyTier: turns.tier,
  channel: conversations.channel,
  accountId: conversations.accountId,
  thread: conversations.thread,
  visitorNetwork: conversations.visitorNetwork,
  contactId: contacts.id,
  dataKey: contacts.dataKey,
  address: contacts.address,
  addressHash: contacts.addressHash,
  isLinked: sql<boolean>`${contacts.linkId} IS NOT NULL`,
};

const selectScope = keepStatement((db: Queryable) =>
  db
    .select(SCOPE_COLUMNS)
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .where(eq(turns.id, sql.placeholder("turnId"))),
);

export async function findTurnScope(db: Queryable, turnId: string): Promise<TurnScope> {
  const [row] = await selectScope(db, { turnId });
  if (row === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  return row;
}

/** The inbound messages of a turn, in the order in which they were written. Edited messages have their new text. */
export async function findTurnMessages(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
): Promise<InboundText[]> {
  const rows = await findTurnLines(db, scope.turnId);
  const read = rows.toSorted(compareProviderOrder).map((row) => ({
    providerMessageId: row.providerMessageId,
    seq: row.seq,
    receivedAt: row.receivedAt,
    text: openCurrentText(vault, scope, row),
  }));
  const readable = read.filter(isReadable);
  // A message whose key was destroyed must not keep the others of its turn from an answer. Without any text there is no question.
  if (readable.length === 0 && read.length > 0) rows.forEach((row) => openText(vault, scope, row));
  return readable;
}

function isReadable<Read extends { text: string | null }>(read: Read): read is Read & { text: string } {
  return read.text !== null;
}

interface Line {
  seq: number;
  direction: "inbound" | "outbound";
  turnId: string | null;
  /** When the line was written: by the provider's evidence for the contact, by our clock for us. */
  writtenAtMs: number;
  sequence: number;
}

/**
 * The last `limit` lines before a number, oldest first: the contact's lines in the order in which they were written, and our
 * lines that were sent. Notices are omitted: the model would still believe "an agent has been asked" long after the agent has
 * left.
 */
export async function findRecentLines(
  db: Queryable,
  vault: Vault,
  conversation: ReadableConversation,
  before: { seq: number; limit: number; exceptTurn?: string },
): Promise<TranscriptLine[]> {
  const rows = await findLastRows(db, conversation.conversationId, before);
  const visible = rows.filter(
    (row) => row.wasSent && (row.inTurnId === null || row.inTurnId !== before.exceptTurn),
  );
  const lines = visible.map((row) => ({
    ...row,
    turnId: row.inTurnId ?? row.ownTurnId,
    writtenAtMs: (row.providerTime ?? row.createdAt).getTime(),
    sequence: row.providerSequence ?? 0,
  }));
  const last = sortLines(lines).slice(-before.limit);
  return last.flatMap((row) => {
    const text = openCurrentText(vault, conversation, row);
    return text === null
      ? []
      : { role: row.direction === "inbound" ? "user" : "assistant", text, writtenAtMs: row.writtenAtMs };
  });
}

/** The text as the contact has last changed it. */
function openCurrentText(
  vault: Vault,
  conversation: ReadableConversation,
  row: Parameters<typeof openText>[2] & { change: StoredChange | null },
): string | null {
  if (row.change === null) return openLine(vault, conversation, row);
  const { erased, text } = openChange(vault, conversation, row.change);
  return erased ? null : (text ?? TAKEN_BACK);
}

/** A line that cannot be opened (its contact was erased) is omitted. The question can be answered without it. */
function openLine(
  vault: Vault,
  conversation: ReadableConversation,
  row: Parameters<typeof openText>[2],
): string | null {
  const { seq, body } = row;
  const label = messageLabel(conversation.conversationId, seq);
  return openOrNull(vault, { owner: conversation, label, sealed: body });
}

/** An answer never comes before its question, even if the clock of the provider differs from ours. */
function sortLines<Said extends Line>(lines: readonly Said[]): Said[] {
  const asked = new Map<string, number>();
  for (const { direction, turnId, writtenAtMs } of lines) {
    if (direction === "inbound" && turnId !== null)
      asked.set(turnId, Math.max(writtenAtMs, asked.get(turnId) ?? writtenAtMs));
  }
  return lines
    .map((line) =>
      line.direction === "inbound"
        ? line
        : { ...line, writtenAtMs: Math.max(line.writtenAtMs, asked.get(line.turnId ?? "") ?? 0) },
    )
    .toSorted((a, b) => a.writtenAtMs - b.writtenAtMs || a.sequence - b.sequence || a.seq - b.seq);
}

const TAKEN_BACK = "(message taken back)";

function openText(
  vault: Vault,
  conversation: ReadableConversation,
  { seq, body }: { seq: number; body: Buffer },
): string {
  return vault.open(conversation, messageLabel(conversation.conversationId, seq), body);
}
